internal import Datasets
internal import SegModels
public import TensorCore

/// A text-to-image model: Stable Diffusion's text tower, denoiser, autoencoder and scheduler, with ControlNets.
///
/// ```swift
/// let model = try TextToImage.load(folder, controlNets: [scribble])
/// let result = try model.generate(TextToImageRequest("a photo of a cat", controls: [.init(drawing)]))
/// ```
/// The same request gives the same picture as diffusers with a generator on the CPU, to the precision of the arithmetic.
public struct TextToImage: Sendable {
    /// Prompts to what the denoiser attends to.
    public let prompts: any PromptEncoder
    /// The denoiser.
    public let denoiser: any LatentDenoiser
    /// Between pictures and latents.
    public let autoencoder: LatentAutoencoder
    /// Networks that are shown pictures, by number.
    public let controlNets: [ControlNet]
    /// The same of version 3, whose denoiser is a transformer.
    public let transformerControlNets: [MMDiTControlNet]
    /// How the model was trained, and its own scheduler.
    public let schedule: SchedulerSettings
    /// The type of activations of denoiser and ControlNets.
    public let precision: Precision
    /// What messages and manifests call it.
    public let name: String

    /// Puts a model together of networks.
    ///
    /// - Throws: ``TextToImageError/architecture(file:found:expected:advice:)`` for networks that do not fit one another.
    public init(
        prompts: any PromptEncoder, denoiser: any LatentDenoiser, autoencoder: LatentAutoencoder, controlNets: [ControlNet] = [],
        transformerControlNets: [MMDiTControlNet] = [], schedule: SchedulerSettings = SchedulerSettings(.pndm),
        precision: Precision = .float32, name: String = "model"
    ) throws(TextToImageError) {
        (self.prompts, self.denoiser, self.autoencoder, self.controlNets) = (prompts, denoiser, autoencoder, controlNets)
        self.transformerControlNets = transformerControlNets
        (self.schedule, self.precision, self.name) = (schedule, precision, name)
        try Self.check(
            name, "prompts of width \(prompts.contextWidth)", denoiser.contextWidth,
            prompts.contextWidth == denoiser.contextWidth, "that the denoiser attends to")
        let (latent, own) = (autoencoder.configuration.latentChannels, denoiser.latentChannels)
        try Self.check(
            name, "a denoiser of \(own.inputs) input and \(own.outputs) output channels", latent,
            own.inputs == latent && own.outputs == latent, "channels of the autoencoder (others paint into pictures or set depth)"
        )
        try checkControlNets()
        try checkTransformerControlNets()
    }

    private func checkTransformerControlNets() throws(TextToImageError) {
        guard !transformerControlNets.isEmpty else { return }
        guard let shape = (denoiser as? MMDiT)?.configuration else {
            throw .architecture(
                file: name, found: "ControlNets of Stable Diffusion 3", expected: "none for a UNet",
                advice: "leave them out, or give a model of Stable Diffusion 3")
        }
        let count = transformerControlNets[0].configuration.transformer.depth
        for (index, network) in transformerControlNets.enumerated() {
            let own = network.configuration.transformer
            let readsAlike = !network.configuration.readsText || own.contextWidth == shape.contextWidth
            let fits =
                own.latentChannels == shape.latentChannels && own.patch == shape.patch && own.pooledWidth == shape.pooledWidth
            try Self.check(
                name, "ControlNet \(index + 1) for tokens of \(own.width) and a context of \(own.contextWidth)", shape.width,
                own.width == shape.width && readsAlike && fits, "and \(shape.contextWidth), which the transformer has")
            try Self.check(
                name, "ControlNet \(index + 1) of \(own.depth) blocks", shape.depth, own.depth <= shape.depth,
                "at most, as the transformer has")
            try Self.check(
                name, "ControlNet \(index + 1) of \(own.depth) blocks", count, own.depth == count,
                "as the first one, which it acts beside")
        }
    }

    private func checkControlNets() throws(TextToImageError) {
        guard !controlNets.isEmpty else { return }
        guard let shape = unet?.configuration else {
            throw .architecture(
                file: name, found: "ControlNets of Stable Diffusion 1", expected: "those of version 3 for a transformer",
                advice: "give ControlNets that were made for the model")
        }
        for (index, network) in controlNets.enumerated() {
            let own = network.configuration.unet
            let fits =
                own.channels == shape.channels && own.blocks == shape.blocks && own.contextWidth == shape.contextWidth
                && own.inputs == shape.inputs
            try Self.check(
                name, "ControlNet \(index + 1) for channels \(own.channels) and a context of \(own.contextWidth)",
                shape.contextWidth, fits, "and channels \(shape.channels), which the UNet has")
            let factor = 1 << max(network.configuration.hintChannels.count - 1, 0)
            try Self.check(
                name, "ControlNet \(index + 1) that makes pictures \(factor) times smaller", autoencoder.configuration.factor,
                factor == autoencoder.configuration.factor, "times, as the autoencoder")
        }
    }

    /// The denoiser where it is a UNet.
    public var unet: LatentUNet? { denoiser as? LatentUNet }

    /// What the sides of pictures must be divisible by.
    public var sideFactor: Int { autoencoder.configuration.factor * denoiser.sideFactor }

    /// The size of the pictures that the model was trained on, where its UNet's configuration says it; others it makes less well.
    public var nativeSize: Size2D? {
        let factor = autoencoder.configuration.factor
        return unet?.configuration.sampleSize.map { Size2D(height: $0.height * factor, width: $0.width * factor) }
    }

    /// The longest side of a picture: 8192, or what transformers have positions for.
    private var largestSide: Int {
        let shapes =
            [(denoiser as? MMDiT)?.configuration].compactMap { $0 }
            + transformerControlNets.filter(\.configuration.hasPositions).map(\.configuration.transformer)
        return shapes.reduce(8192) { min($0, $1.largestGrid * $1.patch * autoencoder.configuration.factor) }
    }

    private static func check(
        _ name: String, _ found: String, _ expected: Int, _ holds: Bool, _ meaning: String
    ) throws(TextToImageError) {
        if holds { return }
        throw .architecture(
            file: name, found: found, expected: "\(expected) \(meaning)", advice: "give parts of one model")
    }

    /// Above so many bytes in one piece the autoencoder works in tiles: 2 GiB, which is 724 x 724 pixels.
    public static let automaticTilingBytes = 2 << 30

    /// The sides of a latent that a picture has, and the picture's when it is rounded to what the model can make.
    func latentSize(_ size: Size2D) -> Size2D {
        let factor = autoencoder.configuration.factor
        return Size2D(height: size.height / factor, width: size.width / factor)
    }

    /// The size of the picture that a request makes.
    ///
    /// - Throws: ``TextToImageError/request(key:found:expected:)`` for sides that the autoencoder cannot make.
    public func size(of request: TextToImageRequest) throws(TextToImageError) -> Size2D {
        let (factor, most) = (sideFactor, largestSide)
        if let size = request.size {
            let fits = [size.height, size.width].allSatisfy { (factor...most).contains($0) && $0 % factor == 0 }
            guard fits else {
                throw .request(
                    key: "size", found: "\(size.width)x\(size.height)", expected: "sides up to \(most) that \(factor) divides")
            }
            return size
        }
        guard let picture = request.image ?? request.controls.first?.picture else {
            let own = nativeSize ?? Size2D(64 * autoencoder.configuration.factor)
            return Size2D(height: min(own.height, most), width: min(own.width, most))
        }
        func rounded(_ side: Int) -> Int { min(max(side / factor, 1), most / factor) * factor }
        return Size2D(height: rounded(picture.height), width: rounded(picture.width))
    }

    /// Bytes that the autoencoder takes for a picture in one piece: four tensors of the finest level, at its largest.
    public func autoencoderBytes(_ size: Size2D) -> Int {
        let channels = autoencoder.configuration.channels
        let widest = max(channels[0], channels[min(1, channels.count - 1)])
        return 4 * size.height * size.width * widest * 4
    }

    /// The networks that stay in memory.
    var modules: [any Module] { prompts.modules + [denoiser, autoencoder] + controlNets + transformerControlNets }

    /// Bytes of all weights as float32, or half of it for bfloat16.
    public var weightBytes: Int {
        modules.reduce(0) { $0 + $1.byteCount }
    }
}

extension Module {
    /// Bytes of its weights in the types that they are kept in.
    var byteCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount * $1.dtype.byteCount } }
}
