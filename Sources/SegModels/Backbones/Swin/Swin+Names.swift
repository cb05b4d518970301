extension Swin {
    static let torchvisionLayout = "torchvision"

    public static let keyMaps = [torchvision, microsoft, timm]

    /// Stages and mergings in one sequence.
    private static let torchvision = KeyMap(
        layout: torchvisionLayout, marker: "features.0.0.weight",
        [
            .rename("features.0.0.{*}", to: "patch_embed.proj.{*}"),
            .rename("features.0.2.{*}", to: "patch_embed.norm.{*}"),
        ]
            + (0..<4).flatMap { stage -> [KeyMap.Rule] in
                let (blocks, merging) = ("features.\(2 * stage + 1).{}", "features.\(2 * stage + 2)")
                let target = "layers.\(stage)"
                return [
                    .drop("\(blocks).attn.relative_position_index"),
                    .rename("\(blocks).mlp.0.{*}", to: "\(target).blocks.{}.mlp.fc1.{*}"),
                    .rename("\(blocks).mlp.3.{*}", to: "\(target).blocks.{}.mlp.fc2.{*}"),
                    .rename("\(merging).norm.{*}", to: "\(target).downsample.norm.{*}"),
                    .rename("\(merging).reduction.{*}", to: "\(target).downsample.reduction.{*}"),
                    .rename("\(blocks).{*}", to: "\(target).blocks.{}.{*}"),
                ]
            })

    /// The names that the network has; what can be computed is passed over.
    private static let microsoft = KeyMap(layout: "Microsoft", marker: "layers.0.downsample.reduction.weight", computed)

    /// Mergings at the start of the stage after.
    private static let timm = KeyMap(
        layout: "timm", marker: "layers.1.downsample.reduction.weight",
        computed + [.rename("head.fc.{*}", to: "head.{*}")]
            + (0..<3).map { .rename("layers.\($0 + 1).downsample.{*}", to: "layers.\($0).downsample.{*}") })

    private static let computed: [KeyMap.Rule] = [
        .drop("layers.{}.blocks.{}.attn_mask"), .drop("layers.{}.blocks.{}.attn.relative_position_index"),
    ]
}
