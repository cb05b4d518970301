import Foundation
import SegModels
import TensorCore
import TestSupport
import Testing

/// `fss weights` on files of PyTorch, and `fss weights download` from a server that is not right.
@Suite("fss weights of other formats")
struct WeightsFormatTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func writeTorch() throws -> StateDict {
        let state = try Safetensors.load(contentsOf: URL(fileURLWithPath: fixture.folder["net.safetensors"]))
        let archive = CraftedArchive.torch(state.addingPrefix("module.")) { CraftedPickle.dictionary([("state_dict", $0)]) }
        try archive.bytes.write(to: URL(fileURLWithPath: fixture.folder["net.pth"]))
        return state
    }

    @Test("inspect says what a PyTorch file is, and what was done to its names")
    func inspect() throws {
        _ = try writeTorch()
        let result = try fixture.run(["weights", "inspect", "net.pth"])
        #expect(result.code == 0, "\(result.errors)")
        for part in ["format      torch", "took \"state_dict\"", "took \"module.\" off", "\"family\":\"resnet\""] {
            #expect(result.output.contains(part), "\(result.output)")
        }
        #expect(!result.output.contains("sha256"))
        let whole = try fixture.run(["weights", "inspect", "net.pth", "--digest", "--json"])
        let file = try #require(try jsonObject(whole.output)["file"] as? [String: Any])
        #expect((file["sha256"] as? String)?.count == 64 && file["format"] as? String == "torch")
    }

    @Test("A PyTorch file behind --weights gives the masks of the safetensors file")
    func predict() throws {
        _ = try writeTorch()
        try FileManager.default.copyItem(atPath: fixture.folder["net.safetensors"], toPath: fixture.folder["copy.safetensors"])
        let description = try #require(
            try Safetensors.load(contentsOf: URL(fileURLWithPath: fixture.folder["net.safetensors"])).metadata[
                Backbones.metadataKey])
        try Data(description.utf8).write(to: URL(fileURLWithPath: fixture.folder["net.json"]))
        for (name, out) in [("net.pth", "a"), ("copy.safetensors", "b")] {
            let result = try fixture.run([
                "predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--weights", name,
                "--checkpoint", "model.safetensors", "--out", out,
            ])
            #expect(result.code == 0, "\(result.errors)")
            if name == "net.pth" { #expect(result.errors.contains("took \"module.\" off the names")) }
        }
        let masks = try ["a", "b"].map { out in
            try Data(contentsOf: URL(fileURLWithPath: fixture.folder["\(out)/probabilities/query.png"]))
        }
        #expect(masks[0] == masks[1])
    }

    @Test("convert makes safetensors of it")
    func convert() throws {
        let state = try writeTorch()
        let result = try fixture.run(["weights", "convert", "net.pth", "out.safetensors", "--precision", "float32"])
        #expect(result.code == 0, "\(result.errors)")
        let written = try Safetensors.load(contentsOf: URL(fileURLWithPath: fixture.folder["out.safetensors"]))
        #expect(written.names == state.names && written["conv1.weight"]?.scalars == state["conv1.weight"]?.scalars)
    }

    @Test("A name without its file says which command fetches it")
    func notDownloaded() throws {
        let result = try fixture.run(
            [
                "demo", "--backbone", "resnet50-torchvision", "--checkpoint", "model.safetensors", "--out", "d",
            ], environment: ["XDG_CACHE_HOME": fixture.folder["cache"]])
        #expect(result.code == 1)
        #expect(result.errors.contains("`fss weights download resnet50-torchvision` fetches them"), "\(result.errors)")
        #expect(!fixture.folder.contains("cache"))
    }

    @Test("A download of wrong bytes ends in words and leaves nothing; an unknown name lists the known ones")
    func download() throws {
        let server = try LocalServer { .init(Array("no weights".utf8), for: $0) }
        let cache = ["XDG_CACHE_HOME": fixture.folder["cache"]]
        let result = try fixture.run(
            ["weights", "download", "resnet18-torchvision", "--from", server.address + "/x.pth"], environment: cache)
        #expect(result.code == 1 && result.errors.contains("are not those that were published"), "\(result.errors)")
        #expect(result.errors.contains("licence: BSD") && server.requests.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder["cache/swift-fss/weights"]).isEmpty)
        let unknown = try fixture.run(["weights", "download", "resnet5"], environment: cache)
        #expect(unknown.code == 1 && unknown.errors.contains("resnet50-torchvision, "))
        let list = try fixture.run(["weights", "download"], environment: cache)
        #expect(list.code == 0 && list.output.contains("RN50.pt") && list.output.contains("resnet50-0676ba61.pth"))
    }

    @Test("A tiny PyTorch file without tensors gets a clear word")
    func noTensors() throws {
        let list = CraftedPickle.whole(CraftedPickle.dictionary([("conv1.weight", [0x5d])]))
        try CraftedArchive.torch(list).bytes.write(to: URL(fileURLWithPath: fixture.folder["w.pth"]))
        let result = try fixture.run(["weights", "inspect", "w.pth"])
        #expect(result.code == 1)
        #expect(result.errors.contains("is a PyTorch file that cannot be read: it holds no tensors: \"conv1.weight\" is a list"))
    }
}
