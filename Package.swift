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
    name: "swift-fss",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TensorCore", targets: ["TensorCore"]),
        .library(name: "Datasets", targets: ["Datasets"]),
        .library(name: "SegModels", targets: ["SegModels"]),
        .library(name: "Diffusion", targets: ["Diffusion"]),
        .library(name: "PseudoLabel", targets: ["PseudoLabel"]),
        .executable(name: "fss", targets: ["fss-cli"]),
    ],
    traits: [
        .trait(
            name: "OneDNN",
            description: "CPU kernels from oneDNN (Debian: libdnnl-dev). Without it only the reference backend is built."),
        .trait(
            name: "Simdjson",
            description: "COCO's instances files through simdjson (Debian: libsimdjson-dev). Without it they are refused."),
        .trait(
            name: "MatIO",
            description: "SBD's label maps through libmatio (Debian: libmatio-dev). Without it they are refused."),
        .trait(
            name: "MicroHTTP",
            description:
                "The page of `fss serve` through libmicrohttpd (Debian: libmicrohttpd-dev). Without it that command is refused."),
        .trait(
            name: "MPI",
            description: "Runs over several processes by MPI (Debian: libopenmpi-dev). Without it a launcher's ranks are refused."
        ),
        .default(enabledTraits: ["OneDNN", "Simdjson", "MatIO", "MicroHTTP"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        .target(
            name: "CTensorKernels",
            cSettings: [.define("FSS_ONEDNN", .when(traits: ["OneDNN"]))],
            cxxSettings: [.define("FSS_ONEDNN", .when(traits: ["OneDNN"]))],
            linkerSettings: [
                .linkedLibrary("dnnl", .when(traits: ["OneDNN"])),
                .linkedLibrary("gomp", .when(traits: ["OneDNN"])),
                .linkedLibrary("m", .when(platforms: [.linux])),
            ]),
        .target(
            name: "CImageCodecs",
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
        .target(
            name: "CSimdjson",
            cxxSettings: [.define("FSS_SIMDJSON", .when(traits: ["Simdjson"]))],
            linkerSettings: [.linkedLibrary("simdjson", .when(traits: ["Simdjson"]))]),
        .target(
            name: "CMatIO",
            cxxSettings: [.define("FSS_MATIO", .when(traits: ["MatIO"]))],
            linkerSettings: [
                .linkedLibrary("matio", .when(traits: ["MatIO"])),
                .linkedLibrary("z", .when(traits: ["MatIO"])),
            ]),
        .target(
            name: "CMicroHTTP",
            cSettings: [.define("FSS_MICROHTTP", .when(traits: ["MicroHTTP"]))],
            linkerSettings: [.linkedLibrary("microhttpd", .when(traits: ["MicroHTTP"]))]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "CMPI",
            cSettings: [.define("FSS_MPI", .when(traits: ["MPI"]))],
            linkerSettings: [.linkedLibrary("mpi", .when(traits: ["MPI"]))]),
        .target(
            name: "TensorCore",
            dependencies: ["CTensorKernels", "CZlib", "CMPI"],
            swiftSettings: strict + [.define("FSS_ONEDNN", .when(traits: ["OneDNN"]))]),
        .target(
            name: "Datasets", dependencies: ["TensorCore", "CImageCodecs", "CSimdjson", "CMatIO"], swiftSettings: strict),
        .target(name: "SegModels", dependencies: ["TensorCore"], swiftSettings: strict),
        .target(
            name: "Diffusion", dependencies: ["TensorCore", "SegModels", "Datasets"],
            resources: [.copy("Resources")], swiftSettings: strict),
        .target(
            name: "PseudoLabel", dependencies: ["TensorCore", "SegModels", "Datasets", "Diffusion"], swiftSettings: strict),
        .executableTarget(
            name: "fss-cli",
            dependencies: [
                "TensorCore", "Datasets", "SegModels", "Diffusion", "PseudoLabel", "CMicroHTTP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: [.copy("Serve/Page")], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "CForkedProcess", path: "Tests/CForkedProcess"),
        .executableTarget(
            name: "operand-walk", dependencies: ["TensorCore", "TestSupport", "CForkedProcess"], path: "Tests/OperandWalk",
            swiftSettings: strict),
        .executableTarget(
            name: "torture", dependencies: ["TensorCore", "SegModels", "Datasets", "Diffusion"], path: "Tests/Torture",
            swiftSettings: strict),
        .testTarget(
            name: "TensorCoreTests", dependencies: ["TensorCore", "TestSupport", "operand-walk"],
            resources: [.copy("Goldens")], swiftSettings: strict),
        .testTarget(
            name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"],
            resources: [.copy("Goldens")], swiftSettings: strict),
        .testTarget(
            name: "SegModelsTests", dependencies: ["SegModels", "Datasets", "TensorCore", "TestSupport"],
            resources: [.copy("Goldens")], swiftSettings: strict),
        .testTarget(
            name: "DiffusionTests", dependencies: ["Diffusion", "TensorCore", "TestSupport"],
            resources: [.copy("Goldens")], swiftSettings: strict),
        .testTarget(
            name: "PseudoLabelTests", dependencies: ["PseudoLabel", "SegModels", "Datasets", "TensorCore", "TestSupport"],
            resources: [.copy("Goldens")], swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: ["fss-cli", "torture", "Datasets", "Diffusion", "SegModels", "TensorCore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "PackageTests", swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
