// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "WholePath",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-fss", path: "../..")],
    targets: [
        .executableTarget(
            name: "WholePath",
            dependencies: [
                .product(name: "Datasets", package: "swift-fss"),
                .product(name: "Diffusion", package: "swift-fss"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
