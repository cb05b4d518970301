extension DenseNet {
    public static let keyMaps = [
        KeyMap(
            layout: "torchvision's first DenseNets", marker: "features.{}.{}.norm.1.weight",
            ["norm", "conv"].flatMap { layer in
                ["1", "2"].map { .rename("features.{}.{}.\(layer).\($0).{*}", to: "features.{}.{}.\(layer)\($0).{*}") }
            })
    ]
}
