public import TensorCore

/// The shape of Stable Diffusion's UNet and of its ControlNets.
public struct UNetConfiguration: Sendable, Hashable {
    /// Channels of the latent.
    public var inputs = 4
    /// Channels of the answer.
    public var outputs = 4
    /// Channels of the levels, the finest first.
    public var channels = [320, 640, 1280, 1280]
    /// Which levels attend to the text.
    public var attends = [true, true, true, false]
    /// Residual blocks of a level on the way down; one more on the way up.
    public var blocks = 2
    /// Heads of attention, a number a level.
    public var heads = [8, 8, 8, 8]
    /// Transformer blocks of one attention, a number a level.
    public var depths = [1, 1, 1, 1]
    /// The length of the text's states.
    public var contextWidth = 768
    /// Groups of the normalisations.
    public var groups = 32
    /// Is added to the variance by the normalisations.
    public var epsilon: Float = 1e-5
    /// Whether the transformers' projections are stored as linear layers (version 2).
    public var usesLinearProjection = false
    /// Whether attention's scores are float32 in any case (version 2.1).
    public var upcastsAttention = false
    /// Whether the time's sines come before its cosines.
    public var sinesFirst = false
    /// What is taken from the divisor of the time's frequencies.
    public var frequencyShift: Float = 0
    /// The sides of the latents that it was trained on, nil where nothing says so: diffusers' `sample_size`.
    public var sampleSize: Size2D?

    /// Stable Diffusion 1.5.
    public init() {}

    /// The length of the time's vector.
    public var timeWidth: Int { 4 * (channels.first ?? 0) }

    /// By how much the sides of a latent must be divisible, so that no level is rounded: 8.
    public var sideFactor: Int { 1 << max(channels.count - 1, 0) }

    /// Refuses numbers that make no network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)``.
    public func validate(source: String) throws(TextToImageError) {
        func check(_ holds: Bool, _ key: String, _ found: Any, _ expected: String) throws(TextToImageError) {
            if !holds { throw .configuration(file: source, key: key, reason: "found \(found), expected \(expected)") }
        }
        try check((1...64).contains(inputs), "in_channels", inputs, "1...64")
        try check((1...64).contains(outputs), "out_channels", outputs, "1...64")
        try check((1...8).contains(channels.count), "block_out_channels", channels, "1...8 levels")
        try check((1...16).contains(blocks), "layers_per_block", blocks, "1...16")
        try check((1...65536).contains(contextWidth), "cross_attention_dim", contextWidth, "1...65536")
        try check((1...1024).contains(groups), "norm_num_groups", groups, "1...1024")
        try check(
            channels.allSatisfy { (1...16384).contains($0) && $0 % groups == 0 && $0 % 2 == 0 }, "block_out_channels", channels,
            "even numbers up to 16384 that \(groups) groups divide")
        for (key, list) in [("attention_head_dim", heads), ("transformer_layers_per_block", depths)] {
            try check(list.count == channels.count, key, list, "a number for each of the \(channels.count) levels")
        }
        try check(attends.count == channels.count, "down_block_types", attends.count, "\(channels.count) of them")
        try check(
            zip(channels, heads).allSatisfy { $1 > 0 && $0 % $1 == 0 }, "attention_head_dim", heads,
            "heads that divide \(channels)")
        try check(depths.allSatisfy { (1...32).contains($0) }, "transformer_layers_per_block", depths, "1...32")
        if let sampleSize {
            let (height, width) = (sampleSize.height, sampleSize.width)
            let fits = (1...1024).contains(height) && (1...1024).contains(width)
            try check(fits, "sample_size", [height, width], "1...1024")
        }
        let half = Float((channels.first ?? 2) / 2)
        try check(frequencyShift < half, "freq_shift", frequencyShift, "less than \(half)")
    }
}
