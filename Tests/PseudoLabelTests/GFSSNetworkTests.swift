internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Network for generalized few-shot segmentation")
struct GFSSNetworkTests {
    private static let classes = [FewShotClass(id: 7, name: "red"), FewShotClass(id: 3, name: "green")]
    private static let blue = FewShotClass(id: 9, name: "blue")

    private static func configuration() -> GFSSNetwork.Configuration {
        let backbone = BackboneDescription(
            name: "tiny", network: .resNet(ResNet(block: .basic, blocks: [1, 1, 1], width: 8, dilations: [1, 1, 2])),
            preprocessing: .torchvision, taps: ["layer2.0", "layer3.0"])
        var configuration = GFSSNetwork.Configuration(backbone: backbone, classes: classes)
        (configuration.head.width, configuration.head.auxiliaryWidth, configuration.side) = (16, 8, 48)
        return configuration
    }

    private static func network(seed: UInt64 = 1) throws -> GFSSNetwork {
        try GFSSNetwork(configuration(), ParameterScope(seed: seed))
    }

    /// A coloured square on grey.
    private static func example(_ index: Int, _ classID: Int, height: Int = 40, width: Int = 52) -> PhotoSample {
        var photo = RGBImage(height: height, width: width, red: 90, green: 90, blue: 90)
        var labels = ClassMap(height: height, width: width, values: [Int32](repeating: 0, count: height * width))
        let (y0, x0) = (4 + index * 5 % 14, 3 + index * 7 % 22)
        for y in y0..<y0 + 20 {
            for x in x0..<x0 + 24 {
                let pixel = y * width + x
                labels.values[pixel] = Int32(classID)
                let color: [UInt8] = classID == 7 ? [230, 20, 20] : classID == 3 ? [20, 220, 30] : [20, 30, 230]
                photo.pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: color)
            }
        }
        return PhotoSample(id: "\(classID)-\(index)", image: photo, labels: labels)
    }

    private static let base = GFSSExamples((0..<12).map { example($0, $0 % 2 == 0 ? 7 : 3) })

    private static func training(steps: Int) -> GFSSTraining {
        var training = GFSSTraining()
        (training.steps, training.batchSize, training.learningRate) = (steps, 4, 0.05)
        training.augmentation.side = 48
        return training
    }

    private static func accuracy(_ network: GFSSNetwork, _ examples: [PhotoSample]) -> Double {
        let shares = examples.map { example in
            let found = network.segment(example.image).map
            return Double(zip(found.values, example.labels?.values ?? []).count { $0 == $1 }) / Double(found.values.count)
        }
        return shares.reduce(0, +) / Double(shares.count)
    }

    @Test("Base classes are learned, and a novel class from one support without forgetting them")
    func learning() async throws {
        let network = try Self.network()
        try await Self.training(steps: 60).engine(network, on: [Self.base]).run()
        network.freeze()
        let tests = (20..<26).map { Self.example($0, $0 % 2 == 0 ? 7 : 3) }
        let before = Self.accuracy(network, tests)
        #expect(before > 0.9)

        let support = Self.example(2, 9)
        var prototypes = ClassPrototypes()
        prototypes.add(network.features(of: support.image), try #require(support.labels), classes: [9])
        let extended = try network.extended(by: [Self.blue], directions: prototypes)
        #expect(extended.classIDs == [0, 7, 3, 9])
        let rows = extended.classifier.weight.value.flattened(from: 1).sliced(axis: 0, from: 0, count: 3)
        #expect(rows.scalars == network.classifier.weight.value.scalars)

        var training = Self.training(steps: 60)
        (training.part, training.learnsStatistics) = (.head, false)
        let frozen = extended.network.backbone.parameters.map(\.value.scalars)
        try await training.engine(extended, on: [Self.base, GFSSExamples([support])]).run()
        #expect(extended.network.backbone.parameters.map(\.value.scalars) == frozen)
        extended.freeze()
        #expect(Self.accuracy(extended, (20..<26).map { Self.example($0, 9) }) > 0.9)
        #expect(Self.accuracy(extended, tests) > before - 0.05)
    }

    @Test("A training that was interrupted ends with the bits of one that was not")
    func resume() async throws {
        let whole = try Self.network()
        try await Self.training(steps: 6).engine(whole, on: [Self.base]).run()
        let first = try Self.network()
        let engine = try Self.training(steps: 6).engine(first, on: [Self.base])
        try await engine.run(until: 3)
        let state = try engine.stateDict()
        let second = try Self.network(seed: 99)
        let continued = try Self.training(steps: 6).engine(second, on: [Self.base])
        try continued.load(state)
        try await continued.run()
        #expect(second.parameters.map(\.value.scalars) == whole.parameters.map(\.value.scalars))
    }

    @Test("Predictions have the photo's size and the dataset's ids", arguments: [(40, 52), (97, 31), (48, 48), (5, 200)])
    func sizes(height: Int, width: Int) throws {
        let network = try Self.network()
        let map = network.segment(RGBImage(height: height, width: width, red: 200)).map
        #expect(map.height == height && map.width == width)
        #expect(Set(map.values).isSubset(of: [0, 7, 3]))
    }

    @Test("On its own canvas a network answers in its pixels, elsewhere by way of the photo")
    func canvas() throws {
        var configuration = Self.configuration()
        configuration.canvas = PhotoCanvas(side: 48, multiple: 8, padding: .black)
        let network = try GFSSNetwork(configuration, ParameterScope(seed: 1))
        let photos = [Self.example(1, 7).image, Self.example(2, 3, height: 60, width: 30).image]
        let found = try network.labels(of: photos, in: .canvas(48))
        for (photo, labels) in zip(photos, found) {
            let scores = withoutGradients { network.classifier(network.map(of: photo)).softmax(axis: 3) }
            let best = scores.resized(to: Size2D(48), alignCorners: true).argMax(axis: 3).converted(to: .float32).scalars
            #expect(labels == ClassMap(height: 48, width: 48, values: best.map { Int32([0, 7, 3][Int($0)]) }))
        }
        let elsewhere = try network.labels(of: photos, in: .canvas(64))
        #expect(elsewhere == photos.map { IoUSpace.canvas(64).labels(network.segment($0).map) })
        #expect(elsewhere[0].values.count { $0 == ClassMap.void } == 64 * 64 - 48 * 64)
        let rounded = try Self.network()
        let other = try rounded.labels(of: photos, in: .canvas(48))
        #expect(other == photos.map { IoUSpace.canvas(48).labels(rounded.segment($0).map) })
        #expect(rounded.map(of: photos[0]).scalars != network.map(of: photos[0]).scalars, "black is not the mean colour")
        #expect(network.features(of: photos[1]).shape == rounded.features(of: photos[1]).shape)
    }

    @Test("Labels beyond the photo and of unknown classes do not count")
    func void() throws {
        var augmentation = GFSSAugmentation()
        (augmentation.side, augmentation.minimumScale, augmentation.maximumScale, augmentation.mirrorShare) = (48, 0.5, 0.5, 0)
        var random = TorchRandom(seed: 5)
        let varied = augmentation(Self.example(1, 7), &random)
        let labels = try #require(varied.labels)
        #expect(varied.image.width == 48 && labels.height == 48)
        #expect(labels.values.count { $0 != ClassMap.void } == 24 * 18)
        #expect(labels.values.contains(7))
    }

    @Test("A class without a support and an empty training are refused by name")
    func refused() throws {
        let network = try Self.network()
        #expect(throws: PseudoLabelError.noPrototype("blue")) {
            try network.extended(by: [Self.blue], directions: ClassPrototypes())
        }
        #expect(throws: PseudoLabelError.noExamples) { try Self.training(steps: 1).engine(network, on: [GFSSExamples([])]) }
    }
}
