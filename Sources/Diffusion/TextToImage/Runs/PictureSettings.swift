public import Datasets
internal import Foundation
public import TensorCore

/// What decides the pictures of a ``PictureRun``: its manifest has it, and a run that is continued takes it from there.
public struct PictureSettings: Sendable, Hashable, Codable {
    /// The model: a folder of diffusers or a file of the original repository.
    public var model: String
    /// ControlNets.
    public var controlNets: [String] = []
    /// LoRA files.
    public var loras: [Adapter] = []
    /// CLIP's vocabulary, nil for that of the model.
    public var vocabulary: String?
    /// A folder with the text encoders of a single file of version 3, nil for those inside or beside it.
    public var textEncoders: String?
    /// What the network of a single file answers, nil for what its version does.
    public var prediction: LatentPrediction?
    /// What the pictures show.
    public var prompts: [NamedPrompt]
    /// What they shall not show.
    public var negativePrompt = ""
    /// Pictures of every prompt.
    public var images = 1
    /// Pixels from left to right and from top to bottom, nil for the model's own or the picture's.
    public var width: Int?
    /// See ``width``.
    public var height: Int?
    /// Steps.
    public var steps = 20
    /// How much the prompt counts against the negative one.
    public var guidance: Float = 7.5
    /// The scheduler, nil for the model's own.
    public var scheduler: SchedulerKind?
    /// Noise that DDIM adds.
    public var eta: Float = 0
    /// A picture to begin from.
    public var image: FileRecord?
    /// How much of it is replaced.
    public var strength: Float = 0.8
    /// What the ControlNets are shown, in their order.
    public var controls: [Control] = []
    /// Whether ControlNets act on the prompt only, and less on finer features.
    public var isGuessing = false
    /// Pixels along a tile of the autoencoder, nil where it decides.
    public var tile: Int?
    /// Bytes that a picture may take, an estimate; nil for what the machine has to give.
    public var memory: Int?
    /// Whether the running latents are kept as small pictures.
    public var keepsPreviews = false
    /// The type of activations.
    public var precision = Precision.float32
    /// The seed of the first picture; every further one has the next.
    public var seed: UInt64 = 0

    /// A LoRA file.
    public struct Adapter: Sendable, Hashable, Codable {
        /// The file.
        public var path: String
        /// What its changes are multiplied by.
        public var strength: Float

        /// Names a file.
        public init(path: String, strength: Float = 1) { (self.path, self.strength) = (path, strength) }
    }

    /// What one ControlNet is shown.
    public struct Control: Sendable, Hashable, Codable {
        /// The picture.
        public var picture: FileRecord
        /// What its additions are multiplied by.
        public var strength: Float
        /// The part of the steps before which it does not act, 0...1.
        public var start: Double
        /// The part of the steps after which it does not act, 0...1.
        public var end: Double

        /// Shows a picture.
        public init(picture: FileRecord, strength: Float = 1, start: Double = 0, end: Double = 1) {
            (self.picture, self.strength, self.start, self.end) = (picture, strength, start, end)
        }
    }

    /// Settings for a model and prompts.
    public init(model: String, prompts: [NamedPrompt]) { (self.model, self.prompts) = (model, prompts) }

    /// Checks what no file decides.
    ///
    /// - Throws: `RunError` that names the option.
    public func validate() throws(RunError) {
        func check(_ holds: Bool, _ name: String, _ found: Any, _ expected: String) throws(RunError) {
            if !holds { throw .setting(name, found: "\(found)", expected: expected) }
        }
        if prompts.isEmpty { throw .conflict("There is no prompt: give one, or --prompts with a file or folder of them.") }
        let names = Dictionary(grouping: prompts, by: \.name)
        if let name = names.first(where: { $0.value.count > 1 })?.key {
            throw .conflict("Two prompts are called \(name): their pictures would have one name.")
        }
        try check((1...100_000).contains(images), "images", images, "1...100000")
        try check((1...1000).contains(steps), "steps", steps, "1...1000")
        try check((0...1000).contains(guidance), "guidance", guidance, "0...1000")
        try check((0...1).contains(strength), "strength", strength, "0...1")
        try check((0...1).contains(eta), "eta", eta, "0...1")
        try check((width == nil) == (height == nil), "size", "one side", "two, as 512x512")
        for side in [width, height].compactMap({ $0 }) { try check((8...8192).contains(side), "size", side, "8...8192") }
        if let memory { try check((1 << 20)... ~= memory, "memory", memory, "1 MiB or more") }
        if let tile { try check((64...8192).contains(tile), "tile", tile, "64...8192") }
        if controls.count > controlNets.count && !controlNets.isEmpty || controls.count < controlNets.count {
            throw .conflict(
                "There are \(controlNets.count) ControlNets and \(controls.count) pictures: give --control once for each --controlnet."
            )
        }
        for control in controls {
            try check((-100...100).contains(control.strength), "control-strength", control.strength, "-100...100")
            try check(
                (0...1).contains(control.start) && (control.start...1).contains(control.end), "control-span",
                "\(control.start):\(control.end)", "two shares of the steps, as 0:0.5")
        }
    }

    /// The pictures to make: the first of every prompt, then the second of every prompt.
    public var pictures: [(name: String, prompt: String, seed: UInt64)] {
        (0..<images).flatMap { round in
            prompts.enumerated().map { index, prompt in
                let number = round * prompts.count + index
                return (images > 1 ? "\(prompt.name)-\(round + 1)" : prompt.name, prompt.prompt, seed &+ UInt64(number))
            }
        }
    }
}
