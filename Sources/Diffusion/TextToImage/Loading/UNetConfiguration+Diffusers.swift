internal import TensorCore

extension UNetConfiguration {
    /// The shape that a UNet's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        try self.init(trunk: &file)
        let (class_, path) = (try file.text("_class_name"), file.path)
        guard class_ == nil || class_ == "UNet2DConditionModel" else {
            throw .architecture(
                file: path, found: "a \(class_ ?? "")", expected: "a UNet2DConditionModel",
                advice: "give a model of Stable Diffusion 1 or 2")
        }
        outputs = try file.whole("out_channels", 4)
        let ups = try file.texts("up_block_types", ["UpBlock2D"] + [String](repeating: "CrossAttnUpBlock2D", count: 3))
        let expected = attends.reversed().map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" }
        guard ups == expected else {
            throw .configuration(
                file: path, key: "up_block_types", reason: "found \(ups), expected the mirror of the way down, \(expected)")
        }
        try file.require("time_embedding_type", .text("positional"))
        try file.require("conv_in_kernel", .integer(3))
        try file.require("conv_out_kernel", .integer(3))
        try file.require("resnet_out_scale_factor", .integer(1))
        try file.require("attention_type", .text("default"))
        if file.has("sample_size") {
            // One number, or height and width.
            let sides = try file.levels("sample_size", 0, count: 2)
            guard sides.count == 2 else {
                throw .configuration(file: path, key: "sample_size", reason: "found \(sides), expected a number or two")
            }
            sampleSize = Size2D(height: sides[0], width: sides[1])
        }
        file.pass("sample_size", "dropout", "addition_embed_type_num_heads")
        try file.finish()
        try validate(source: path)
    }

    /// What a UNet and a ControlNet have in common.
    init(trunk file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        inputs = try file.whole("in_channels", 4)
        channels = try file.wholes("block_out_channels", channels)
        let downs = try file.texts("down_block_types", [String](repeating: "CrossAttnDownBlock2D", count: 3) + ["DownBlock2D"])
        for kind in downs where kind != "CrossAttnDownBlock2D" && kind != "DownBlock2D" {
            throw .configuration(
                file: file.path, key: "down_block_types", reason: "found \(kind), expected CrossAttnDownBlock2D or DownBlock2D")
        }
        attends = downs.map { $0 == "CrossAttnDownBlock2D" }
        blocks = try file.whole("layers_per_block", 2)
        groups = try file.whole("norm_num_groups", 32)
        epsilon = Float(try file.number("norm_eps", 1e-5))
        contextWidth = try file.whole("cross_attention_dim", 1280)
        depths = try file.levels("transformer_layers_per_block", 1, count: channels.count)
        // The reference reads "attention_head_dim" as the number of heads where there is no "num_attention_heads".
        let older = try file.levels("attention_head_dim", 8, count: channels.count)
        heads = file.has("num_attention_heads") ? try file.levels("num_attention_heads", 8, count: channels.count) : older
        usesLinearProjection = try file.flag("use_linear_projection", false)
        upcastsAttention = try file.flag("upcast_attention", false)
        sinesFirst = try !file.flag("flip_sin_to_cos", true)
        frequencyShift = Float(try file.number("freq_shift", 0))
        try file.require("mid_block_type", .text("UNetMidBlock2DCrossAttn"))
        try file.require("act_fn", .text("silu"), .text("swish"))
        try file.require("downsample_padding", .integer(1))
        try file.require("mid_block_scale_factor", .integer(1))
        try file.require("resnet_time_scale_shift", .text("default"))
        try file.require("only_cross_attention", .bool(false))
        try file.require("dual_cross_attention", .bool(false))
        try file.require("center_input_sample", .bool(false))
    }
}

extension ControlNetConfiguration {
    /// The shape that a ControlNet's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        unet = try UNetConfiguration(trunk: &file)
        let (class_, path) = (try file.text("_class_name"), file.path)
        guard class_ == nil || class_ == "ControlNetModel" else {
            throw .architecture(
                file: path, found: "a \(class_ ?? "")", expected: "a ControlNetModel",
                advice: "give a ControlNet for Stable Diffusion 1 or 2")
        }
        enum Order: String, CaseIterable { case rgb, bgr }
        isBlueFirst = try file.choice("controlnet_conditioning_channel_order", Order.rgb) == .bgr
        hintChannels = try file.wholes("conditioning_embedding_out_channels", [16, 32, 96, 256])
        try file.require("conditioning_channels", .integer(3))
        file.pass("addition_embed_type_num_heads")
        try file.finish()
        try validate(source: path)
    }
}

extension AutoencoderConfiguration {
    /// The shape that an autoencoder's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        let (class_, path) = (try file.text("_class_name"), file.path)
        guard class_ == nil || class_ == "AutoencoderKL" else {
            throw .architecture(
                file: path, found: "a \(class_ ?? "")", expected: "an AutoencoderKL", advice: "give the model's own autoencoder")
        }
        try file.require("in_channels", .integer(3))
        try file.require("out_channels", .integer(3))
        channels = try file.wholes("block_out_channels", [64])
        for (key, kind) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
            let kinds = try file.texts(key, [String](repeating: kind, count: channels.count))
            guard kinds == [String](repeating: kind, count: channels.count) else {
                throw .configuration(file: path, key: key, reason: "found \(kinds), expected \(channels.count) of \(kind)")
            }
        }
        blocks = try file.whole("layers_per_block", 1)
        latentChannels = try file.whole("latent_channels", 4)
        groups = try file.whole("norm_num_groups", 32)
        scale = Float(try file.number("scaling_factor", 0.18215))
        shift = Float(try file.number("shift_factor", 0))
        hasQuantizer = try file.flag("use_quant_conv", true)
        hasDequantizer = try file.flag("use_post_quant_conv", true)
        try file.require("act_fn", .text("silu"), .text("swish"))
        try file.require("mid_block_add_attention", .bool(true))
        file.pass("sample_size", "force_upcast")
        try file.finish()
        try validate(source: path)
    }
}
