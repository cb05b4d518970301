internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Folders of diffusers that are written are read to the same model.
@Suite("Writing folders of diffusers")
struct DiffusersFolderTests {
    private typealias Fixtures = TextToImageFixtures

    private static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("diffusers-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private static func write(_ model: TextToImage, to folder: URL, dtype: DType = .float32) throws {
        let place = DiffusersFolder(folder, dtype: dtype)
        let prompts = try #require(model.prompts as? PromptStates)
        try place.write(model.autoencoder)
        try place.write(
            try #require(model.unet), tower: prompts.tower, merges: Fixtures.mergesText, schedule: model.schedule)
        for (index, network) in model.controlNets.enumerated() {
            try place.write(network, name: index == 0 ? "controlnet" : "controlnet_\(index)")
        }
    }

    @Test("A model with two ControlNets makes the same picture when it is read again")
    func roundTrip() throws {
        try Self.withFolder { folder in
            var settings = SchedulerSettings(.ddim)
            settings.prediction = .velocity
            let model = try Fixtures.model(controls: 2, schedule: settings)
            try Self.write(model, to: folder)
            let read = try TextToImage.load(folder)
            #expect(read.controlNets.count == 2)
            let picture = Fixtures.picture("control", height: 32, width: 32)
            let request = TextToImageRequest(
                "a photo of the cat", size: Size2D(32), steps: 3, seed: 4, controls: [.init(picture), .init(picture, network: 1)])
            let (first, second) = (try model.generate(request), try read.generate(request))
            #expect(first.image == second.image)
            #expect(first.latent.scalars == second.latent.scalars)
        }
    }

    @Test("Weights in bfloat16 are half as large and rounded once")
    func halves() throws {
        try Self.withFolder { folder in
            let model = try Fixtures.model()
            try Self.write(model, to: folder, dtype: .bfloat16)
            let stored = try Safetensors.load(
                contentsOf: folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors"))
            let own = try #require(model.unet).stateDict()
            #expect(stored.names == own.names)
            for name in own.names {
                let tensor = try #require(stored[name])
                #expect(tensor.dtype == .bfloat16)
                #expect(tensor.scalars == own[name]?.converted(to: .bfloat16).scalars, "\(name)")
            }
        }
    }

    @Test("A text tower has Hugging Face's names, and comes back from them")
    func names() throws {
        let tower = try #require(try Fixtures.model().prompts as? PromptStates).tower
        let state = tower.huggingFaceState()
        #expect(state.names == Fixtures.textState().names)
        for name in state.names {
            #expect(state[name]?.scalars == Fixtures.textState()[name]?.scalars, "\(name)")
        }
    }

    @Test("Every scheduler's settings come back", arguments: SchedulerKind.allCases.filter { $0 != .flowEuler })
    func schedulers(kind: SchedulerKind) throws {
        try Self.withFolder { folder in
            var settings = SchedulerSettings(kind)
            (settings.prediction, settings.trainingSteps, settings.lastVariance) = (.velocity, 100, 0.02)
            try Self.write(try Fixtures.model(schedule: settings), to: folder)
            var expected = settings
            // The reference's pipelines set it, whatever the file says.
            expected.offset = 1
            #expect(try TextToImage.load(folder).schedule == expected)
        }
    }

    @Test("vocab.json numbers tokens as the merges do")
    func vocabulary() throws {
        let numbers = try BytePairVocabulary.numbers(merges: Fixtures.mergesText.utf8, source: "test")
        #expect(numbers.count == 512 + Fixtures.merges.count + 2)
        #expect(Set(numbers.values) == Set(0..<numbers.count))
        #expect(numbers["!"] == 0 && numbers["!</w>"] == 256 && numbers["photo</w>"] == 512 + 5)
        #expect(numbers["<|endoftext|>"] == numbers.count - 1)
    }
}
