// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "fss-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-fss", path: "..")],
    targets: [
        .target(name: "CPrimitives", linkerSettings: [.linkedLibrary("dnnl")]),
        .executableTarget(
            name: "fss-bench",
            dependencies: [
                "CPrimitives",
                .product(name: "TensorCore", package: "swift-fss"),
                .product(name: "Datasets", package: "swift-fss"),
                .product(name: "SegModels", package: "swift-fss"),
                .product(name: "Diffusion", package: "swift-fss"),
                .product(name: "PseudoLabel", package: "swift-fss"),
            ],
            swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
