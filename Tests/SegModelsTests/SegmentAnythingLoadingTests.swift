internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Files of Segment Anything under the names of their publishers.
@Suite("Files of Segment Anything")
struct SegmentAnythingLoadingTests {
    private typealias Fixtures = SegmentAnythingFixtures

    /// The network that a file with `state` is loaded as.
    private func loaded(_ state: StateDict, decoderHeads: Int = 4) throws -> SegmentAnything {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sam-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("weights.safetensors")
        try Safetensors.save(state, to: file)
        let model = try SegmentAnything.load(weights: file, decoderHeads: decoderHeads)
        // The same as PyTorch writes it.
        let archive = folder.appendingPathComponent("weights.pth")
        try CraftedArchive.torch(state).bytes.write(to: archive)
        let other = try SegmentAnything.load(weights: archive, decoderHeads: decoderHeads)
        #expect(other.configuration == model.configuration && other.weightsSHA256 != model.weightsSHA256)
        for (a, b) in zip(other.parameters, model.parameters) { #expect(a.value.scalars == b.value.scalars, "\(a.path)") }
        return model
    }

    @Test("The shape is read from the tensors, and both publishers' names give one network")
    func names() throws {
        let expected = try Fixtures.model().stateDict()
        for state in [try Fixtures.published(), try Fixtures.huggingFace()] {
            let model = try loaded(state)
            #expect(model.configuration == Fixtures.configuration)
            let found = model.stateDict()
            #expect(found.names == expected.names)
            for name in expected.names { #expect(found[name]?.scalars == expected[name]?.scalars, "\(name)") }
        }
    }

    @Test("Names and shapes of B, L, H and MobileSAM are those of the reference")
    func presets() throws {
        let presets: [String: SAMConfiguration] = ["base": .base, "large": .large, "huge": .huge, "mobile": .mobile]
        let lines = try #require(Fixtures.golden().metadata["published"]).split(separator: "\n")
        #expect(lines.count == presets.count)
        for line in lines {
            let fields = line.split(separator: " ").map { String($0) }
            let preset = try #require(presets[fields[0]])
            let parameters = SegmentAnything(ParameterScope(.loading), preset).parameters.sorted { $0.path < $1.path }
            let text = parameters.map { "\($0.path) \($0.shape.map { String($0) }.joined(separator: "x"))" }
            #expect(text.count == Int(fields[1]), "\(fields[0])")
            #expect(SHA256.hex(text.joined(separator: "\n")) == fields[2], "\(fields[0])")
        }
    }

    @Test("What a file lacks, has too much, or is instead is said")
    func badFiles() throws {
        var state = try Fixtures.published()
        state["mask_decoder.iou_token.weight"] = nil
        state["mask_decoder.hf_token.weight"] = Tensor(zeros: [1, 32])
        let lacking = #expect(throws: SAMError.self) { try loaded(state) }
        let text = lacking.map { "\($0)" } ?? ""
        #expect(text.contains("iou_token.weight") && text.contains("hf_token.weight") && text.contains("weights.safetensors"))
        let other = #expect(throws: SAMError.self) { try loaded(StateDict(["conv1.weight": Tensor(zeros: [1, 3, 7, 7])])) }
        #expect(other.map { "\($0)".contains("no Segment Anything network") } == true)
        let heads = #expect(throws: SAMError.self) { try loaded(try Fixtures.published(), decoderHeads: 3) }
        #expect(heads.map { "\($0)".contains("3 heads") } == true)
    }
}
