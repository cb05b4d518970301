public import TensorCore

/// The samplers that configurations and commands name. A package of your own registers its sampler here, or hands the value to the
/// model and needs no name.
public enum SamplerRegistry {
    /// Makes a sampler from the settings; one that has no use for a setting leaves it.
    public typealias Maker = @Sendable (SamplingConfiguration) -> any MaskSampler

    /// Makers by name.
    public static let samplers = Registry<Maker>(
        "sampler",
        [
            "ddim": { DDIMSampler(steps: $0.steps, spacing: $0.spacing, eta: $0.eta) },
            "ddpm": { DDPMSampler(steps: $0.steps, spacing: $0.spacing) },
            "dpm++": { DPMSolverSampler(steps: $0.steps, spacing: $0.spacing) },
            // What the network makes of pure noise, and nothing more: the whole draw of a generator.
            "one-step": { _ in DDIMSampler(steps: 1) },
        ])

    /// The names that can be asked for.
    public static var names: [String] { samplers.names }
}
