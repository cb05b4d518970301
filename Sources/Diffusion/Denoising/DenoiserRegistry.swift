public import TensorCore

/// The mask denoisers that configurations name. A package of your own registers its denoiser here, or hands the value to the model
/// and needs no name.
public enum DenoiserRegistry {
    /// A family of denoisers.
    public struct Family: Sendable {
        /// Refuses settings that it cannot be made with; the source is for messages.
        public var validate: @Sendable (DiffUpConfiguration, _ source: String) throws(ConfigurationError) -> Void
        /// Makes one with random weights; the channels of the conditions are given level by level.
        public var make: @Sendable (ParameterScope, DiffUpConfiguration, _ conditionChannels: [Int]) -> any MaskDenoiser

        /// A family.
        public init(
            validate: @escaping @Sendable (DiffUpConfiguration, String) throws(ConfigurationError) -> Void = { _, _ in },
            make: @escaping @Sendable (ParameterScope, DiffUpConfiguration, [Int]) -> any MaskDenoiser
        ) {
            self.validate = validate
            self.make = make
        }
    }

    /// Families by name: the paper's decoder, and the StyleGAN2-style one that it is compared with.
    public static let denoisers = Registry<Family>(
        "denoiser",
        [
            uqdd: Family { UQDD($0, $1.decoder, conditionChannels: $2, steps: $1.process.steps) },
            style: Family(validate: StyleDecoder.validate) { StyleDecoder($0, $1.decoder, conditionChannels: $2) },
        ])

    /// The name of ``UQDD``.
    public static let uqdd = "uqdd"
    /// The name of ``StyleDecoder``.
    public static let style = "style"
}

extension StyleDecoder {
    /// A generator answers once, from noise, with a mask.
    static func validate(_ configuration: DiffUpConfiguration, source: String) throws(ConfigurationError) {
        func check(_ holds: Bool, _ key: String, found: Any, expected: String) throws(ConfigurationError) {
            try ConfigurationError.check(
                holds, source, key, found: found, expected: "\(expected) beside denoiser \(DenoiserRegistry.style)")
        }
        let (decoder, process, sampling) = (configuration.decoder, configuration.process, configuration.sampling)
        try check(
            takes(decoder.resolution), "decoder.resolution", found: decoder.resolution, expected: "a power of two from 8 on")
        try check(
            process.prediction == .sample || process.prediction == .logits, "process.prediction",
            found: process.prediction.rawValue, expected: "sample or logits")
        try check(process.shift == .none, "process.shift", found: process.shift.rawValue, expected: "none")
        try check(sampling.sampler == "one-step", "sampling.sampler", found: sampling.sampler, expected: "one-step")
    }
}
