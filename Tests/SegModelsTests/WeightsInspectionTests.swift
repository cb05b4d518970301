internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Looking into weights and storing them smaller, as library calls.
@Suite("Weights files")
struct WeightsInspectionTests {
    private static let tiny = BackboneDescription(
        name: "tiny", network: .resNet(.tiny(width: 4, blocks: [1, 1, 2])), preprocessing: .torchvision)

    /// Runs `body` with a file of weights that describe themselves, and a counter beside them.
    private func withWeights(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("weights-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var state = try Self.tiny.makeBackbone(ParameterScope(seed: 3)).stateDict()
        state["bn1.num_batches_tracked"] = Tensor([Int64(1) << 40], shape: [])
        state.metadata[Backbones.metadataKey] = String(decoding: try Self.tiny.json(), as: UTF8.self)
        let file = folder.appendingPathComponent("net.safetensors")
        try Safetensors.save(state, to: file)
        try body(file)
    }

    @Test("An inspection says what is stored and what it fits, and survives JSON")
    func inspection() throws {
        try withWeights { file in
            let found = try WeightsInspection(of: file, digest: true)
            #expect(found.described == "tiny" && found.fits.isEmpty && found.networks.contains(Self.tiny.network))
            #expect(found.types["int64"] == 1 && found.types["float32"] == found.tensors.count - 1)
            #expect(found.tensors.first { $0.name == "conv1.weight" }?.shape == [4, 3, 7, 7])
            #expect(found.scalars == found.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
            #expect(try found.file.sha256 == Backbones.load(weights: file).weightsSHA256)
            let again = try JSONDecoder().decode(WeightsInspection.self, from: JSONEncoder().encode(found))
            #expect(again.metadata == found.metadata && again.networks == found.networks)
        }
        #expect(throws: BackboneError.self) { try WeightsInspection(of: URL(filePath: "/nowhere.safetensors")) }
    }

    @Test("A conversion changes floating point alone, and replaces a file only on demand")
    func conversion() throws {
        try withWeights { file in
            let small = file.deletingLastPathComponent().appendingPathComponent("small.safetensors")
            let done = try WeightsConversion(of: file, to: small, precision: .bfloat16)
            let (before, after) = (try Safetensors.load(contentsOf: file), try Safetensors.load(contentsOf: small))
            #expect(done.tensors == before.count && after.names == before.names && after.metadata == before.metadata)
            #expect(after["conv1.weight"]?.scalars == before["conv1.weight"]?.converted(to: .bfloat16).scalars)
            #expect(after["bn1.num_batches_tracked"]?.integers == [1 << 40])
            let error = #expect(throws: CheckpointError.self) {
                try WeightsConversion(of: file, to: small, precision: .float32)
            }
            #expect(error?.description.contains("exists already") == true)
            #expect(try Safetensors.load(contentsOf: small)["conv1.weight"]?.dtype == .bfloat16)
            _ = try WeightsConversion(of: file, to: small, precision: .float32, force: true)
            #expect(try Safetensors.load(contentsOf: small)["conv1.weight"]?.dtype == .float32)
        }
    }
}
