// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Replace",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-fss", path: "../..")],
    targets: [
        .executableTarget(
            name: "Replace",
            dependencies: [
                .product(name: "TensorCore", package: "swift-fss"),
                .product(name: "Datasets", package: "swift-fss"),
                .product(name: "SegModels", package: "swift-fss"),
                .product(name: "Diffusion", package: "swift-fss"),
                .product(name: "PseudoLabel", package: "swift-fss"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
