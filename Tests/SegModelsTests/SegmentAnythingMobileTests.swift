import Foundation
import TensorCore
import TestSupport
import Testing

@testable import SegModels

/// MobileSAM's encoder against MobileSAM's package (`Scripts/goldens/segment_anything.py`).
@Suite("TinyViT as an encoder of Segment Anything")
struct SegmentAnythingMobileTests {
    private typealias Fixtures = SegmentAnythingFixtures

    /// Windows that divide no map, one that divides it, and one that is the map.
    private static let shape = SAMTinyViT(
        width: 16, depth: 1,
        stages: [
            .init(width: 24, depth: 2, heads: 2, window: 5), .init(width: 32, depth: 1, heads: 4, window: 3),
            .init(width: 320, depth: 1, heads: 10, window: 6),
        ])
    private static let image = Fixtures.formula("image", [1, 96, 96, 3])

    private static func encoder() throws -> SAMTinyViTEncoder {
        let encoder = SAMTinyViTEncoder(ParameterScope(.loading), shape, channels: 256)
        try encoder.load(Fixtures.published("sam-mobile").removingPrefix("image_encoder."))
        return encoder
    }

    @Test("The image's map, trainable and with folded normalisation")
    func map() throws {
        let (encoder, golden) = (try Self.encoder(), try Fixtures.golden("sam-mobile"))
        let expected = try #require(golden["map"])
        BackboneFixtures.expectEqual(encoder(Self.image), expected, "trainable")
        encoder.freeze()
        BackboneFixtures.expectEqual(encoder(Self.image), expected, "frozen")
        let half = encoder(Self.image.converted(to: .bfloat16))
        #expect(half.dtype == .bfloat16 && BackboneFixtures.relativeDistance(half, expected) < 0.03)
    }

    @Test("Gradients of the image and of parameters of every part")
    func gradients() throws {
        let (encoder, golden) = (try Self.encoder(), try Fixtures.golden("sam-mobile"))
        encoder.unfreeze()
        let image = Self.image.requiringGradient()
        let (_, gradients) = valueAndGradient {
            let map = encoder(image)
            return (map * Fixtures.formula("loss", map.shape)).mean()
        }
        let wanted = golden.names.filter { $0.hasPrefix("gradient.") }
        #expect(wanted.count > 10)
        for name in wanted {
            let path = String(name.dropFirst("gradient.".count)).replacing("image_encoder.", with: "")
            let parameter = encoder.parameters.first { $0.path == path }
            let found = path == "image" ? gradients[image] : parameter.flatMap { gradients[$0] }
            BackboneFixtures.expectEqual(try #require(found, "\(path)"), try #require(golden[name]), path, tolerance: 1e-3)
        }
    }

    @Test("A .pt file as published: with the classifier and the counters of training beside the network")
    func file() throws {
        var stages = Self.shape.stages
        stages[2] = .init(width: 48, depth: 1, heads: 3, window: 6)
        let shape = SAMTinyViT(width: 16, depth: 1, stages: stages, expansion: 3, feedForward: 2)
        let configuration = SAMConfiguration(
            encoder: .tinyViT(shape), imageSize: 96, channels: 32, decoderHeads: 4, decoderHidden: 64, qualityHidden: 24)
        let model = SegmentAnything(ParameterScope(seed: 5), configuration)
        model.freeze()
        var state = model.stateDict()
        state["image_encoder.norm_head.weight"] = Tensor(ones: [48])
        state["image_encoder.norm_head.bias"] = Tensor(zeros: [48])
        state["image_encoder.head.weight"] = Tensor(zeros: [10, 48])
        state["image_encoder.head.bias"] = Tensor(zeros: [10])
        state["image_encoder.patch_embed.seq.0.bn.num_batches_tracked"] = Tensor([Int64(7)], shape: [])
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mobile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("mobile_sam.pt")
        try CraftedArchive.torch(state).bytes.write(to: file)
        let loaded = try SegmentAnything.load(weights: file, imageSize: 96, decoderHeads: 4)
        #expect(loaded.configuration == configuration && loaded.configuration.grid == 6)
        #expect(loaded.weightsSHA256 == SHA256.hex([UInt8](try Data(contentsOf: file))))
        let (found, expected) = (loaded.encoded(Self.image), model.encoded(Self.image))
        #expect(found.shape == [1, 6, 6, 32] && found.scalars == expected.scalars)
        let wrong = #expect(throws: SAMError.self) { try SegmentAnything.load(weights: file, imageSize: 100, decoderHeads: 4) }
        #expect(wrong.map { "\($0)".contains("the stride 16 does not divide images of 100") } == true)
        let other = #expect(throws: SAMError.self) { try SegmentAnything.load(weights: file, encoders: [SAMViT.self]) }
        #expect(other.map { "\($0)".contains("no Segment Anything network") } == true)
    }

    @Test("Values that make no network are refused with what was found and what is expected")
    func configurations() throws {
        try SAMConfiguration.mobile.validate(source: "test")
        try SAMConfiguration.huge.validate(source: "test")
        #expect(SAMConfiguration.mobile.grid == 64 && SAMConfiguration.base.grid == 64)
        var cases: [(SAMConfiguration, String)] = []
        func wrong(_ text: String, _ base: SAMConfiguration = .base, _ change: (inout SAMConfiguration) -> Void) {
            var configuration = base
            change(&configuration)
            cases.append((configuration, text))
        }
        wrong("imageSize 0, expected 1...65536") { $0.imageSize = 0 }
        wrong("patches of 16 pixels do not divide images of 1000") { $0.imageSize = 1000 }
        wrong("the stride 16 does not divide images of 1000", .mobile) { $0.imageSize = 1000 }
        wrong("channels 252, expected a multiple of 8") { $0.channels = 252 }
        wrong("twice the 3 heads") { $0.decoderHeads = 3 }
        wrong("qualityHidden -1") { $0.qualityHidden = -1 }
        wrong("5 heads do not divide the width 768") {
            $0.encoder = .vit(SAMViT(width: 768, depth: 12, heads: 5, globalBlocks: []))
        }
        wrong("globalBlocks has 12") { $0.encoder = .vit(SAMViT(width: 768, depth: 12, heads: 12, globalBlocks: [2, 12])) }
        wrong("window 0") { $0.encoder = .vit(SAMViT(width: 768, depth: 12, heads: 12, globalBlocks: [], window: 0)) }
        wrong("0 stages of attention", .mobile) { $0.encoder = .tinyViT(SAMTinyViT(stages: [])) }
        wrong("3 heads do not divide the width 64", .mobile) {
            $0.encoder = .tinyViT(SAMTinyViT(stages: [.init(width: 64, depth: 1, heads: 3, window: 7)]))
        }
        for (configuration, text) in cases {
            let error = #expect(throws: SAMError.self) { try configuration.validate(source: "test") }
            #expect(error.map { "\($0)".contains(text) && "\($0)".hasPrefix("test: ") } == true, "\(text): \("\(error as Any)")")
        }
    }
}
