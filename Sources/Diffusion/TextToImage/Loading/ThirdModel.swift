internal import Foundation
internal import SegModels
internal import TensorCore

/// Stable Diffusion 3 or 3.5: transformer, 16-channel autoencoder, two CLIP towers and T5, in a folder of diffusers or in a single file.
///
/// The denoiser and the autoencoder are opened at once, the text encoders for every prompt.
struct ThirdModel {
    private let url: URL
    private let transformer: MMDiTConfiguration
    private let transformerState: StateDict
    private let autoencoder: AutoencoderConfiguration
    private let autoencoderState: StateDict
    private let encoders: ThirdEncoders
    private let schedule: SchedulerSettings
    private let adapters: [LoRA]

    private static let pipelines = ["StableDiffusion3Pipeline", "StableDiffusion3Img2ImgPipeline"]

    /// Whether a folder holds such a model.
    static func fits(_ folder: URL) throws(TextToImageError) -> Bool {
        let index = folder.appendingPathComponent("model_index.json")
        guard FileManager.default.fileExists(atPath: index.path) else { return false }
        var list = try DiffusersConfiguration(index)
        return pipelines.contains(try list.text("_class_name") ?? "")
    }

    /// A folder of diffusers.
    init(folder: URL, _ vocabulary: URL?, _ adapters: [LoRA]) throws(TextToImageError) {
        (url, self.adapters) = (folder, adapters)
        func config(_ part: String, _ file: String = "config.json") throws(TextToImageError) -> DiffusersConfiguration {
            try DiffusersConfiguration(folder.appendingPathComponent(part).appendingPathComponent(file))
        }
        func opening(_ part: String) -> ThirdEncoderFiles.Opening {
            { () throws(TextToImageError) in try ComponentWeights.open(folder: folder.appendingPathComponent(part)) }
        }
        var file = try config("transformer")
        transformer = try MMDiTConfiguration(&file)
        transformerState = try opening("transformer")()
        file = try config("vae")
        autoencoder = try AutoencoderConfiguration(&file)
        autoencoderState = try opening("vae")()
        file = try config("scheduler", "scheduler_config.json")
        schedule = try SchedulerSettings(&file)
        guard schedule.kind == .flowEuler else {
            throw .configuration(
                file: file.path, key: "_class_name",
                reason: "found \(schedule.kind.rawValue), expected FlowMatchEulerDiscreteScheduler")
        }
        var towers: [ThirdEncoders.Encoder<CLIPTextTowerShape>] = []
        for part in ["text_encoder", "text_encoder_2"] {
            file = try config(part)
            let projection = try file.whole("projection_dim", 512)
            var shape = try CLIPTextTowerShape(&file)
            shape.projection = projection
            towers.append(.init(shape: shape, open: opening(part)))
        }
        var encoders = ThirdEncoders(
            towers: towers, vocabulary: vocabulary ?? folder.appendingPathComponent("tokenizer"), adapters: adapters)
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("text_encoder_3").path) {
            file = try config("text_encoder_3")
            encoders.t5 = .init(shape: try T5EncoderShape(&file), open: opening("text_encoder_3"))
            encoders.pieces = folder.appendingPathComponent("tokenizer_3").appendingPathComponent("spiece.model")
        }
        encoders.tokenizers = ["tokenizer", "tokenizer_2"].map { folder.appendingPathComponent($0) }
        self.encoders = encoders
        try encoders.require(transformer, of: folder)
    }

    /// A single file.
    ///
    /// - Parameter folder: where text encoders that are not in the file are.
    init(
        file: URL, _ state: StateDict, encoders folder: URL?, _ vocabulary: URL?, _ adapters: [LoRA]
    ) throws(TextToImageError) {
        (url, self.adapters) = (file, adapters)
        let checkpoint = ThirdCheckpoint(state: state)
        (transformerState, transformer) = try checkpoint.transformer()
        (autoencoderState, autoencoder) = try checkpoint.autoencoder()
        // What versions 3 and 3.5 were trained with.
        schedule = SchedulerSettings(.flowEuler)
        let files = ThirdEncoderFiles(state, file: file, folder: folder)
        try files.requireNamed()
        var towers: [ThirdEncoders.Encoder<CLIPTextTowerShape>] = []
        for (names, activation) in zip(ThirdEncoderFiles.towers, [CLIPActivation.quickGELU, .gelu]) {
            let opening = try files.tower(names)
            // Files of ViT-L/14's tower leave out its projection, which is none there: every number stays what it is.
            let isFirst = towers.isEmpty
            let open: ThirdEncoderFiles.Opening = { () throws(TextToImageError) in
                let state = try opening()
                return isFirst ? Self.projected(state) : state
            }
            let state = try open()
            var shape = try CLIPTextTowerShape(detecting: state)
            shape.activation = activation
            shape.projection = state.shape(of: Self.projection)?.first
            towers.append(.init(shape: shape, open: open))
        }
        var own = ThirdEncoders(towers: towers, vocabulary: vocabulary ?? files.vocabulary, adapters: adapters)
        if let open = files.opening(ThirdEncoderFiles.t5) {
            own.t5 = .init(shape: try T5EncoderShape(detecting: open()), open: open)
            own.pieces = try files.pieces(vocabulary)
        }
        self.encoders = own
        try own.require(transformer, of: file)
    }

    private static let projection = "text_projection.weight"

    /// A tower's state with a projection that changes nothing, where it has none.
    private static func projected(_ state: StateDict) -> StateDict {
        let table = state.names.first { $0.hasSuffix("embeddings.token_embedding.weight") }
        guard state.shape(of: projection) == nil, let table, let width = state.shape(of: table)?.last, width < 8192 else {
            return state
        }
        var own = state
        let numbers = (0..<width * width).map { Float($0 % (width + 1) == 0 ? 1 : 0) }
        own[projection] = Tensor(numbers, shape: [width, width])
        return own
    }

    /// The model.
    func model(controlNets: [MMDiTControlNet], precision: Precision) throws(TextToImageError) -> TextToImage {
        let names = LoRANames.transformer(depth: transformer.depth)
        var weights = transformerState
        if !adapters.isEmpty {
            let parts = [(names, weights)] + (try encoders.parts())
            for adapter in adapters {
                try adapter.require(parts, model: "this model of Stable Diffusion 3, with the text encoders that it changes")
                try adapter.merge(into: &weights, names)
            }
        }
        let denoiser = try MMDiT(ParameterScope(.loading), transformer)
        try ComponentWeights.load(weights, into: denoiser)
        let network = try LatentAutoencoder(ParameterScope(.loading), autoencoder)
        try ComponentWeights.load(ComponentWeights.autoencoder(autoencoderState), into: network)
        // What is wrong with the encoders is said now, not with the first prompt.
        let made = try encoders.made()
        let modules: [any Module] = made.towers + [made.t5].compactMap { $0 }
        let prompts = ThreefoldPrompts(
            contextWidth: transformer.contextWidth, precision: precision, bytes: modules.reduce(0) { $0 + $1.byteCount }
        ) { [encoders] in try encoders.made() }
        return try TextToImage(
            prompts: prompts, denoiser: denoiser, autoencoder: network, transformerControlNets: controlNets, schedule: schedule,
            precision: precision, name: url.lastPathComponent)
    }
}
