import Foundation
import SegModels
import TensorCore
import Testing

/// `fss weights` on a small file.
@Suite("fss weights")
struct WeightsTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func load(_ name: String) throws -> StateDict {
        try Safetensors.load(contentsOf: URL(fileURLWithPath: fixture.folder[name]))
    }

    @Test("Floating point is stored in the wished format; whole numbers, names and metadata stay")
    func convert() throws {
        var state = try load("net.safetensors")
        state["steps"] = Tensor([Int64(1) << 40], shape: [])
        try Safetensors.save(state, to: URL(fileURLWithPath: fixture.folder["more.safetensors"]))
        let result = try fixture.run(["weights", "convert", "more.safetensors", "small.safetensors"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("\(state.count) tensors in bfloat16: small.safetensors"))
        let small = try load("small.safetensors")
        #expect(small.names == state.names && small.metadata == state.metadata)
        for name in state.names where name != "steps" {
            let (original, stored) = (try #require(state[name]), try #require(small[name]))
            #expect(stored.dtype == .bfloat16, "\(name)")
            #expect(stored.scalars == original.converted(to: .bfloat16).scalars, "\(name)")
        }
        #expect(small["steps"]?.integers == [1 << 40])

        let back = try fixture.run(["weights", "convert", "small.safetensors", "back.safetensors", "--precision", "float32"])
        #expect(back.code == 0, "\(back.errors)")
        let wide = try load("back.safetensors")
        #expect(wide["conv1.weight"]?.dtype == .float32)
        #expect(wide["conv1.weight"]?.scalars == small["conv1.weight"]?.scalars)
    }

    @Test("A converted backbone describes itself and loads")
    func converted() throws {
        _ = try fixture.run(["weights", "convert", "net.safetensors", "small.safetensors"])
        let loaded = try Backbones.load(weights: URL(fileURLWithPath: fixture.folder["small.safetensors"]))
        #expect(loaded.description.name == "tiny")
        #expect(loaded.backbone.levels.count == 3)
    }

    @Test("A file that is there is replaced on demand only")
    func replacing() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.folder["model.safetensors"]))
        let refused = try fixture.run(["weights", "convert", "net.safetensors", "model.safetensors"])
        #expect(refused.code == 1 && refused.errors.contains("--force"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.folder["model.safetensors"])) == before)
        let forced = try fixture.run(["weights", "convert", "net.safetensors", "model.safetensors", "--force"])
        #expect(forced.code == 0, "\(forced.errors)")
        #expect(try load("model.safetensors").names == load("net.safetensors").names)
    }

    @Test("What is no safetensors file is refused and nothing is written")
    func refusals() throws {
        let result = try fixture.run(["weights", "convert", "photo.jpg", "out.safetensors"])
        #expect(result.code == 1 && result.errors.contains("photo.jpg"))
        #expect(!FileManager.default.fileExists(atPath: fixture.folder["out.safetensors"]))
    }

    @Test("The network is told by names and shapes")
    func inspect() throws {
        let result = try fixture.run(["weights", "inspect", "net.safetensors", "--json"])
        #expect(result.code == 0, "\(result.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let networks = try #require(object["networks"] as? [[String: Any]])
        #expect(networks.count == 2)
        #expect(networks.allSatisfy { $0["family"] as? String == "resnet" && $0["width"] as? Int == 8 })
        #expect(object["fits"] as? [String] == [])
        #expect(object["described"] as? String == "tiny")
    }
}
