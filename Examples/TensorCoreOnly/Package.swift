// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "TensorCoreOnly",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-fss", path: "../..")],
    targets: [
        .executableTarget(
            name: "TensorCoreOnly",
            dependencies: [.product(name: "TensorCore", package: "swift-fss")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
