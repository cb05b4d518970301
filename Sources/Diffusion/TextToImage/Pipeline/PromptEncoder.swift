public import TensorCore

/// Prompts as a denoiser reads them.
public struct EncodedPrompts: Sendable {
    /// What it attends to, `[N, S, width]`.
    public var context: Tensor
    /// A vector for every prompt as a whole, `[N, width]`, where the denoiser reads one.
    public var pooled: Tensor?
    /// What the user should know, such as a prompt that was cut.
    public var remarks: [String]

    /// Puts the parts together.
    public init(context: Tensor, pooled: Tensor? = nil, remarks: [String] = []) {
        (self.context, self.pooled, self.remarks) = (context, pooled, remarks)
    }

    /// The prompts in another type of numbers.
    func converted(to dtype: DType) -> EncodedPrompts {
        EncodedPrompts(context: context.converted(to: dtype), pooled: pooled?.converted(to: dtype), remarks: remarks)
    }

    /// One of the prompts.
    func part(_ index: Int) -> EncodedPrompts {
        EncodedPrompts(
            context: context.sliced(axis: 0, from: index, count: 1), pooled: pooled?.sliced(axis: 0, from: index, count: 1),
            remarks: remarks)
    }
}

/// Turns prompts into what a denoiser reads: ``PromptStates`` of Stable Diffusion 1 and 2, ``ThreefoldPrompts`` of 3.
public protocol PromptEncoder: Sendable {
    /// The length of the context's vectors.
    var contextWidth: Int { get }
    /// The networks that stay in memory between pictures.
    var modules: [any Module] { get }
    /// Bytes of the weights of networks that are there only while prompts are encoded; 0 by default.
    var passingBytes: Int { get }
    /// The networks that are there only while prompts are encoded, made anew; none by default.
    func passingModules() throws -> [any Module]
    /// The digests of the vocabularies that prompts are split by; none by default.
    func vocabularyDigests() throws -> [String]
    /// Encodes prompts.
    func encoded(_ prompts: [String]) throws -> EncodedPrompts
}

extension PromptEncoder {
    public var passingBytes: Int { 0 }
    public func passingModules() throws -> [any Module] { [] }
    public func vocabularyDigests() throws -> [String] { [] }
}

/// A network that takes noise off latents: ``LatentUNet`` or ``MMDiT``.
public protocol LatentDenoiser: Module {
    /// Channels of the latent, before and after.
    var latentChannels: (inputs: Int, outputs: Int) { get }
    /// The length of the context's vectors that it reads.
    var contextWidth: Int { get }
    /// What the sides of a latent must be divisible by.
    var sideFactor: Int { get }
    /// Numbers that are in memory at once for one latent, an estimate.
    func activationCount(_ latent: Size2D) -> Int
    /// The answer to latents `[N, h, w, C]`.
    func answer(
        _ latent: Tensor, timesteps: [Float], prompts: EncodedPrompts, residuals: LatentUNet.Residuals?
    ) -> Tensor
}

extension LatentUNet: LatentDenoiser {
    public var latentChannels: (inputs: Int, outputs: Int) { (configuration.inputs, configuration.outputs) }
    public var contextWidth: Int { configuration.contextWidth }
    public var sideFactor: Int { 1 }

    public func activationCount(_ latent: Size2D) -> Int {
        // The skips of all levels, and about sixteen tensors at work.
        let features = latent.height * latent.width * configuration.channels[0]
        return features * (4 * (configuration.blocks + 1) + 16)
    }

    public func answer(_ latent: Tensor, timesteps: [Float], prompts: EncodedPrompts, residuals: Residuals?) -> Tensor {
        self(latent, timesteps: timesteps, context: prompts.context, residuals: residuals)
    }
}

extension MMDiT: LatentDenoiser {
    public var latentChannels: (inputs: Int, outputs: Int) { (configuration.latentChannels, configuration.latentChannels) }
    public var contextWidth: Int { configuration.contextWidth }
    public var sideFactor: Int { configuration.patch }

    public func activationCount(_ latent: Size2D) -> Int {
        // Tokens of picture and text; modulations and the widened feed-forward part among sixteen tensors at work.
        let tokens = latent.height * latent.width / (configuration.patch * configuration.patch) + 512
        return tokens * configuration.width * 16
    }

    /// - Precondition: the prompts have vectors of their own, and there are no residuals of a UNet's ControlNets.
    public func answer(
        _ latent: Tensor, timesteps: [Float], prompts: EncodedPrompts, residuals: LatentUNet.Residuals?
    ) -> Tensor {
        guard let pooled = prompts.pooled, residuals == nil else {
            preconditionFailure("MMDiT: prompts with vectors of their own and no ControlNets of version 1")
        }
        return self(latent, timesteps: timesteps, context: prompts.context, pooled: pooled)
    }
}
