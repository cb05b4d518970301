/// The names of SAM's checkpoints: the original files' are the network's own, Hugging Face's are mapped to them, and MobileSAM's files
/// have the classifier of the encoder's pre-training beside them.
enum SAMKeyMaps {
    static let all: [KeyMap] = [
        KeyMap(
            layout: "Hugging Face SAM", marker: "vision_encoder.pos_embed", encoder + prompts + decoder),
        KeyMap(
            layout: "MobileSAM", marker: "image_encoder.norm_head.weight",
            [.drop("image_encoder.norm_head.{*}"), .drop("image_encoder.head.{*}")]),
    ]

    private static let encoder: [KeyMap.Rule] =
        [
            .rename("vision_encoder.patch_embed.projection.{*}", to: "image_encoder.patch_embed.proj.{*}"),
            .rename("vision_encoder.layers.{}.layer_norm1.{*}", to: "image_encoder.blocks.{}.norm1.{*}"),
            .rename("vision_encoder.layers.{}.layer_norm2.{*}", to: "image_encoder.blocks.{}.norm2.{*}"),
            .rename("vision_encoder.layers.{*}", to: "image_encoder.blocks.{*}"),
        ]
        + renamed(
            "vision_encoder.neck", ["conv1": "0", "layer_norm1": "1", "conv2": "2", "layer_norm2": "3"], "image_encoder.neck")
        + [.rename("vision_encoder.{*}", to: "image_encoder.{*}")]

    private static let prompts: [KeyMap.Rule] =
        [
            .rename(
                "shared_image_embedding.positional_embedding",
                to: "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
            // The same matrix a second time.
            .drop("prompt_encoder.shared_embedding.positional_embedding"),
            .rename("prompt_encoder.point_embed.{*}", to: "prompt_encoder.point_embeddings.{*}"),
        ]
        + renamed(
            "prompt_encoder.mask_embed",
            ["conv1": "0", "layer_norm1": "1", "conv2": "3", "layer_norm2": "4", "conv3": "6"],
            "prompt_encoder.mask_downscaling")

    private static let decoder: [KeyMap.Rule] =
        (1...4).map {
            .rename(
                "mask_decoder.transformer.layers.{}.layer_norm\($0).{*}",
                to: "mask_decoder.transformer.layers.{}.norm\($0).{*}")
        } + [
            .rename(
                "mask_decoder.transformer.layer_norm_final_attn.{*}", to: "mask_decoder.transformer.norm_final_attn.{*}"),
            .rename("mask_decoder.upscale_conv1.{*}", to: "mask_decoder.output_upscaling.0.{*}"),
            .rename("mask_decoder.upscale_layer_norm.{*}", to: "mask_decoder.output_upscaling.1.{*}"),
            .rename("mask_decoder.upscale_conv2.{*}", to: "mask_decoder.output_upscaling.3.{*}"),
        ] + perceptron("mask_decoder.output_hypernetworks_mlps.{}") + perceptron("mask_decoder.iou_prediction_head")

    private static func perceptron(_ name: String) -> [KeyMap.Rule] {
        [
            .rename("\(name).proj_in.{*}", to: "\(name).layers.0.{*}"),
            .rename("\(name).layers.0.{*}", to: "\(name).layers.1.{*}"),
            .rename("\(name).proj_out.{*}", to: "\(name).layers.2.{*}"),
        ]
    }

    private static func renamed(_ old: String, _ parts: [String: String], _ new: String) -> [KeyMap.Rule] {
        parts.map { .rename("\(old).\($0.key).{*}", to: "\(new).\($0.value).{*}") }
    }
}
