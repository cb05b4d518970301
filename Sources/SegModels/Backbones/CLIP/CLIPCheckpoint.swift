/// The names of CLIP's checkpoints: OpenAI's and OpenCLIP's, of both towers in one file, and Hugging Face's with and without the
/// prefix that version 5 of transformers leaves out.
enum CLIPCheckpoint {
    /// What OpenAI's files hold beside the towers, and OpenCLIP's.
    private static let extras: [KeyMap.Rule] = [
        "logit_scale", "logit_bias", "input_resolution", "context_length", "vocab_size", "attn_mask",
    ].map { .drop($0) }

    private static let openAIText: [KeyMap.Rule] = [
        "token_embedding.{*}", "positional_embedding", "transformer.{*}", "ln_final.{*}", "text_projection",
    ].map { .drop($0) }

    /// How the image tower is called; the towers' own names are OpenAI's.
    static let imageMaps: [KeyMap] = [
        KeyMap(layout: "OpenAI CLIP", marker: "token_embedding.weight", openAIText + extras),
        huggingFaceImage(marker: "vision_model.embeddings.class_embedding", prefix: "vision_model."),
        huggingFaceImage(marker: "embeddings.class_embedding", prefix: ""),
    ]

    /// How the text tower is called. Hugging Face's come first: its files of both towers have the scale, too.
    static let textMaps: [KeyMap] = [
        huggingFaceText(marker: "text_model.embeddings.token_embedding.weight", prefix: "text_model."),
        huggingFaceText(marker: "embeddings.token_embedding.weight", prefix: ""),
        KeyMap(layout: "OpenAI CLIP", marker: "visual.{*}", [.drop("visual.{*}")] + extras),
        KeyMap(layout: "OpenAI CLIP", marker: "logit_scale", extras),
    ]

    private static func huggingFaceImage(marker: String, prefix: String) -> KeyMap {
        let embeddings = prefix + "embeddings."
        let own: [KeyMap.Rule] = [
            .rename(embeddings + "class_embedding", to: "visual.class_embedding"),
            .rename(embeddings + "position_embedding.weight", to: "visual.positional_embedding"),
            .rename(embeddings + "patch_embedding.weight", to: "visual.conv1.weight"),
            .drop(embeddings + "position_ids"),
            .rename(prefix + "pre_layrnorm.{*}", to: "visual.ln_pre.{*}"),
            .rename(prefix + "post_layernorm.{*}", to: "visual.ln_post.{*}"),
            .transpose("visual_projection.weight", to: "visual.proj"),
            .drop("text_model.{*}"), .drop("text_projection.weight"), .drop("logit_scale"),
        ]
        return KeyMap(layout: "Hugging Face CLIP", marker: marker, own + blocks(prefix, to: "visual.transformer.resblocks"))
    }

    private static func huggingFaceText(marker: String, prefix: String) -> KeyMap {
        let embeddings = prefix + "embeddings."
        let own: [KeyMap.Rule] = [
            .rename(embeddings + "token_embedding.weight", to: "token_embedding.weight"),
            .rename(embeddings + "position_embedding.weight", to: "positional_embedding"),
            .drop(embeddings + "position_ids"),
            .rename(prefix + "final_layer_norm.{*}", to: "ln_final.{*}"),
            .transpose("text_projection.weight", to: "text_projection"),
            .drop("vision_model.{*}"), .drop("visual_projection.weight"), .drop("logit_scale"),
        ]
        return KeyMap(layout: "Hugging Face CLIP", marker: marker, own + blocks(prefix, to: "transformer.resblocks"))
    }

    private static func blocks(_ prefix: String, to target: String) -> [KeyMap.Rule] {
        let (old, new) = (prefix + "encoder.layers.{}.", target + ".{}.")
        let joins = ["weight", "bias"].map { kind in
            KeyMap.Rule.join(
                ["q", "k", "v"].map { "\(old)self_attn.\($0)_proj.\(kind)" }, to: "\(new)attn.in_proj_\(kind)")
        }
        let names = [
            "self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc",
            "mlp.fc2": "mlp.c_proj",
        ]
        return joins + names.map { .rename("\(old)\($0.key).{*}", to: "\(new)\($0.value).{*}") }
    }
}
