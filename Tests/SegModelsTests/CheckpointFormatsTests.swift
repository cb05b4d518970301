import Foundation
import TensorCore
import TestSupport
import Testing

@testable import SegModels

/// A network's weights load from PyTorch's files as from safetensors, whatever stands around the tensors.
@Suite("Backbones from other formats")
struct CheckpointFormatsTests {
    private static let tiny = BackboneDescription(
        name: "tiny", network: .resNet(ResNet(block: .basic, blocks: [1, 1, 3], width: 4)), preprocessing: .torchvision,
        taps: ["layer1.0", "layer2.0"])

    private func withFile<Value>(_ archive: CraftedArchive, _ body: (URL) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("net.pth")
        try archive.bytes.write(to: file)
        return try body(file)
    }

    /// The network's own state, with the counters that torch has beside it.
    private func state(prefix: String = "") throws -> StateDict {
        var state = try Self.tiny.makeBackbone(ParameterScope(seed: 3)).stateDict()
        state["bn1.num_batches_tracked"] = Tensor([Int64(7)], shape: [])
        return state.addingPrefix(prefix)
    }

    private func expectSame(_ file: URL) throws -> LoadedBackbone {
        let expected = try Self.tiny.makeBackbone(ParameterScope(seed: 3))
        expected.freeze()
        let loaded = try Backbones.load(description: Self.tiny, weights: file)
        for (found, wanted) in zip(loaded.backbone.parameters, expected.parameters) {
            #expect(found.path == wanted.path && found.value.scalars == wanted.value.scalars, "\(found.path)")
        }
        let photo = Tensor(repeating: 100, shape: [1, 64, 64, 3])
        for (level, other) in zip(loaded.backbone.features(photo), expected.features(photo)) {
            #expect(level.scalars == other.scalars)
        }
        let bytes = [UInt8](try Data(contentsOf: file))
        #expect(loaded.weightsSHA256 == SHA256.hex(bytes))
        return loaded
    }

    @Test("A bare state dict")
    func bare() throws {
        try withFile(.torch(try state())) { file in
            let notes = try expectSame(file).notes
            #expect(notes.isEmpty)
        }
    }

    @Test("A training's file, whose average counts, and the names of DataParallel")
    func wrapped() throws {
        let archive = CraftedArchive.torch(try state(prefix: "module.")) { state in
            CraftedPickle.dictionary([
                ("epoch", CraftedPickle.number(3)), ("state_dict_ema", state),
                ("args", CraftedPickle.call("argparse", "Namespace", [])),
            ])
        }
        try withFile(archive) { file in
            let notes = try expectSame(file).notes
            #expect(notes == ["took \"state_dict_ema\"", "took \"module.\" off the names"])
        }
    }

    @Test("A network under a beginning, beside a head that is left")
    func prefixed() throws {
        var whole = try state(prefix: "backbone.")
        whole["head.weight"] = Tensor(zeros: [3, 4])
        try withFile(.torch(whole)) { file in
            let notes = try expectSame(file).notes
            #expect(notes.count == 1 && notes[0].hasSuffix("under \"backbone.\", left 1"))
            let found = try WeightsInspection(of: file)
            #expect(found.networks.contains(Self.tiny.network) && found.notes == ["the network is under \"backbone.\""])
            #expect(found.file.format == "torch" && found.file.sha256 == nil)
        }
    }

    @Test("What is missing and what is too much is told with the nearest names")
    func strict() throws {
        var changed = try state()
        changed["layer1.0.conv1.wieght"] = changed["layer1.0.conv1.weight"]
        changed["layer1.0.conv1.weight"] = nil
        try withFile(.torch(changed)) { file in
            let error = #expect(throws: BackboneError.self) { try Backbones.load(description: Self.tiny, weights: file) }
            let text = try #require(error).description
            #expect(text.contains("1 missing: layer1.0.conv1.weight (nearest: layer1.0.conv1.wieght)"))
            #expect(text.contains("1 unexpected: layer1.0.conv1.wieght (nearest: layer1.0.conv1.weight)"))
        }
    }

    @Test("A conversion takes the tensors of a training's file, to the bit")
    func conversion() throws {
        let archive = CraftedArchive.torch(try state()) { CraftedPickle.dictionary([("model", $0)]) }
        try withFile(archive) { file in
            let target = file.deletingPathExtension().appendingPathExtension("safetensors")
            let done = try WeightsConversion(of: file, to: target, precision: .float32)
            let (written, wanted) = (try Safetensors.load(contentsOf: target), try state())
            #expect(done.notes == ["took \"model\""] && written.names == wanted.names && done.tensors == wanted.count)
            for name in wanted.names {
                #expect(written[name]?.withHostBytes { Array($0) } == wanted[name]?.withHostBytes { Array($0) })
            }
        }
    }

    @Test("Names of old DenseNet files are read as those of the others")
    func oldDenseNet() throws {
        let description = BackboneDescription(
            name: "d", network: .denseNet(DenseNet(blocks: [2, 2, 2, 2], growthRate: 4, stemChannels: 8)),
            preprocessing: .torchvision,
            taps: ["features.transition1.norm"])
        let names = try description.makeBackbone(ParameterScope(seed: 1)).stateDict()
        let old = StateDict(
            Dictionary(
                uniqueKeysWithValues: try names.names.map { name in
                    (name.replacing(#/(denselayer\d+\.(?:norm|conv))(\d)/#) { "\($0.1).\($0.2)" }, try #require(names[name]))
                }))
        #expect(old.names.contains { $0.contains(".norm.1.") } && !old.names.contains { $0.contains(".norm1.") })
        try withFile(.torch(old)) { file in
            let loaded = try Backbones.load(description: description, weights: file)
            #expect(loaded.report.matched.count == names.count && loaded.notes.count == 1)
            #expect(try WeightsInspection(of: file).networks == [description.network])
        }
    }

    @Test("A published file is told by its name, and by its digest when that is asked for")
    func published() throws {
        try withFile(.torch(try state())) { file in
            let named = file.deletingLastPathComponent().appendingPathComponent("resnet50-0676ba61.pth")
            try FileManager.default.moveItem(at: file, to: named)
            #expect(try WeightsInspection(of: named).published?.name == "resnet50-torchvision")
            let (read, bytes) = (try WeightsInspection(of: named, digest: true), [UInt8](try Data(contentsOf: named)))
            #expect(read.published == nil && read.file.sha256 == SHA256.hex(bytes))
        }
    }
}
