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

    @Test("ControlNets that are named take the place of the folder's own")
    func named() throws {
        try Self.withFolder { folder in
            let model = try Fixtures.model(controls: 2)
            try Self.write(model, to: folder)
            func loaded(_ names: String...) throws -> [String] {
                try TextToImage.load(folder, controlNets: names.map { folder.appendingPathComponent($0) }).controlNets
                    .map { TextToImage.weightsDigest([$0]) }
            }
            let (first, second) = ("controlnet", "controlnet_1")
            let own = try loaded()
            #expect(own.count == 2)
            #expect(try loaded(second) == [own[1]])
            #expect(try loaded(second, first) == [own[1], own[0]])
            #expect(try loaded(first, first) == [own[0], own[0]])
        }
    }

    @Test("The size that a UNet was trained on is kept, and pictures have it")
    func sampleSize() throws {
        try Self.withFolder { folder in
            let model = try Fixtures.model()
            try Self.write(model, to: folder)
            let before = try TextToImage.load(folder)
            let request = TextToImageRequest("a cat")
            #expect(before.nativeSize == nil)
            #expect(try before.size(of: request) == 512)
            let prompts = try #require(model.prompts as? PromptStates)
            // A number where both sides are the same.
            for (sample, text) in [(Size2D(4), #""sample_size" : 4"#), ([3, 4], #""sample_size" : ["#)] {
                var shape = Fixtures.unet
                shape.sampleSize = sample
                let unet = try LatentUNet(ParameterScope(seed: 1), shape)
                try DiffusersFolder(folder).write(
                    unet, tower: prompts.tower, merges: Fixtures.mergesText, schedule: model.schedule)
                let place = folder.appendingPathComponent("unet/config.json")
                let config = try String(contentsOf: place, encoding: .utf8)
                #expect(config.contains(text), "\(config)")
                let read = try TextToImage.load(folder)
                #expect(read.unet?.configuration == shape)
                #expect(read.nativeSize == Size2D(height: sample.height * 8, width: sample.width * 8))
                #expect(try read.size(of: request) == read.nativeSize)
                let picture = Fixtures.picture("control", height: 48, width: 16)
                #expect(try read.size(of: TextToImageRequest("a cat", image: picture)) == [48, 16])
                for wrong in ["0", "[4]", "\"4\"", "2000"] {
                    let changed = config.replacing(/"sample_size" : (\d+|\[[^\]]*\])/, with: #""sample_size" : \#(wrong)"#)
                    try Data(changed.utf8).write(to: place)
                    let error = #expect(throws: TextToImageError.self, "\(wrong)") { _ = try TextToImage.load(folder) }
                    #expect("\(error as Any)".contains("sample_size"), "\(wrong)")
                }
            }
        }
    }

    @Test("The vocabulary is part of what a model is")
    func identity() throws {
        try Self.withFolder { folder in
            let model = try Fixtures.model()
            try Self.write(model, to: folder)
            let first = try TextToImage.load(folder)
            #expect(try first.digest == TextToImage.load(folder).digest)
            let prompts = try #require(model.prompts as? PromptStates)
            // The last two merges change their places.
            let other = Fixtures.mergesText.replacing("th e</w>\nr e\n", with: "r e\nth e</w>\n")
            #expect(other != Fixtures.mergesText)
            try DiffusersFolder(folder).write(
                try #require(model.unet), tower: prompts.tower, merges: other, schedule: model.schedule)
            let second = try TextToImage.load(folder)
            #expect(try second.weightsDigest == first.weightsDigest)
            #expect(try second.digest != first.digest)
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
