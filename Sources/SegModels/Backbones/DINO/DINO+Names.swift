extension DINOv2 {
    static let huggingFaceLayout = "Hugging Face"

    public static let keyMaps = [
        KeyMap(
            layout: huggingFaceLayout, marker: "embeddings.cls_token",
            [
                .drop("embeddings.mask_token"),
                .rename("embeddings.cls_token", to: "cls_token"),
                .rename("embeddings.position_embeddings", to: "pos_embed"),
                .rename("embeddings.register_tokens", to: "register_tokens"),
                .rename("embeddings.patch_embeddings.projection.{*}", to: "patch_embed.proj.{*}"),
                .rename("layernorm.{*}", to: "norm.{*}"),
                // Names of transformers 4, which published files have, then those of transformers 5.
                .join(
                    ["query", "key", "value"].map { "encoder.layer.{}.attention.attention.\($0).{*}" },
                    to: "blocks.{}.attn.qkv.{*}"),
                .rename("encoder.layer.{}.attention.output.dense.{*}", to: "blocks.{}.attn.proj.{*}"),
                .rename("encoder.layer.{}.mlp.weights_in.{*}", to: "blocks.{}.mlp.w12.{*}"),
                .rename("encoder.layer.{}.mlp.weights_out.{*}", to: "blocks.{}.mlp.w3.{*}"),
            ] + HuggingFaceBlocks.rules("encoder.layer", keyBias: true)),
        KeyMap(layout: "Meta", marker: "mask_token", [.drop("mask_token")]),
    ]
}

extension DINOv3 {
    public static let keyMaps = [
        huggingFace("layer", gated: true), huggingFace("layer", gated: false),
        huggingFace("model.layer", gated: true), huggingFace("model.layer", gated: false),
        KeyMap(
            layout: "Meta", marker: "rope_embed.periods",
            [
                .drop("mask_token"), .drop("rope_embed.periods"), .drop("blocks.{}.attn.qkv.bias_mask"),
                .join(["blocks.{}.mlp.w1.{*}", "blocks.{}.mlp.w2.{*}"], to: "blocks.{}.mlp.w12.{*}"),
            ]),
    ]

    /// Published files have their blocks under `layer`, what transformers 5 writes has them under `model.layer`.
    private static func huggingFace(_ path: String, gated: Bool) -> KeyMap {
        let plain: [KeyMap.Rule] = [
            .rename("\(path).{}.mlp.up_proj.{*}", to: "blocks.{}.mlp.fc1.{*}"),
            .rename("\(path).{}.mlp.down_proj.{*}", to: "blocks.{}.mlp.fc2.{*}"),
        ]
        return KeyMap(
            layout: "Hugging Face", marker: "\(path).{}.mlp.\(gated ? "gate_proj" : "up_proj").weight",
            [
                .drop("embeddings.mask_token"),
                .rename("embeddings.cls_token", to: "cls_token"),
                .rename("embeddings.register_tokens", to: "storage_tokens"),
                .rename("embeddings.patch_embeddings.{*}", to: "patch_embed.proj.{*}"),
            ] + (gated ? [] : plain) + HuggingFaceBlocks.rules(path, keyBias: false))
    }
}

/// The blocks of both in transformers.
private enum HuggingFaceBlocks {
    static func rules(_ path: String, keyBias: Bool) -> [KeyMap.Rule] {
        let (old, new) = ("\(path).{}", "blocks.{}")
        let projections = ["q_proj", "k_proj", "v_proj"].map { "\(old).attention.\($0).weight" }
        let biases = ["q_proj", "k_proj", "v_proj"].map { "\(old).attention.\($0).bias" }
        let bias: KeyMap.Rule =
            keyBias
            ? .join(biases, to: "\(new).attn.qkv.bias") : .join([biases[0], biases[2]], to: "\(new).attn.qkv.bias", zeros: 1)
        let gated: [KeyMap.Rule] = [
            .join(["\(old).mlp.gate_proj.{*}", "\(old).mlp.up_proj.{*}"], to: "\(new).mlp.w12.{*}"),
            .rename("\(old).mlp.down_proj.{*}", to: "\(new).mlp.w3.{*}"),
        ]
        return [
            .join(projections, to: "\(new).attn.qkv.weight"), bias,
            .rename("\(old).attention.o_proj.{*}", to: "\(new).attn.proj.{*}"),
            .rename("\(old).layer_scale1.lambda1", to: "\(new).ls1.gamma"),
            .rename("\(old).layer_scale2.lambda1", to: "\(new).ls2.gamma"),
        ] + gated + [.rename("\(old).{*}", to: "\(new).{*}")]
    }
}
