internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import Synchronization
internal import TensorCore
internal import TestSupport
internal import Testing

/// Whole pictures against diffusers' pipelines: the same seed, the same latent, the same picture.
@Suite("Text-to-image pipelines")
struct TextToImagePipelineTests {
    private typealias Fixtures = TextToImageFixtures
    private static let prompt = "a photo of the cat and the cat"
    private static let negative = "re: an ugly photo"

    private func check(
        _ model: TextToImage, _ request: TextToImageRequest, _ name: String, share: Double = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = try Fixtures.golden("pipelines")
        let result = try model.generate(request)
        expectEqual(
            result.latent, try golden.tensor("\(name).latent"), "\(name) latent", .relativeNorm(share),
            sourceLocation: sourceLocation)
        let pixels = try golden.tensor("\(name).image").integers
        let differences = zip(result.image.pixels, pixels).map { abs(Int($0) - Int($1)) }
        #expect(
            differences.max() ?? 255 <= 1, "\(name): levels differ by \(differences.max() ?? 255)", sourceLocation: sourceLocation
        )
    }

    @Test("Prompts become the reference's tokens and states")
    func states() throws {
        let golden = try Fixtures.golden("pipelines")
        let model = try Fixtures.model()
        let tokens = try golden.tensor("tokens").integers.map { Int($0) }
        let prompts = try #require(model.prompts as? PromptStates)
        let own = [Self.prompt, ""].flatMap {
            prompts.tokenizer.sequence(of: $0, length: 77, padding: prompts.padding).tokens
        }
        #expect(own == tokens)
        let rows = [Array(tokens[..<77]), Array(tokens[77...])]
        let states = withoutGradients { prompts.tower(rows) }
        expectEqual(states.last, try golden.tensor("states"), "states", .elements(relative: 1e-3, absolute: 2e-5))
        #expect(states.pooled == nil)
    }

    @Test("From text", arguments: [SchedulerKind.ddim, .euler, .dpmSolver, .dpmSolverKarras, .pndm])
    func text(_ kind: SchedulerKind) throws {
        let request = TextToImageRequest(
            Self.prompt, negativePrompt: Self.negative, size: [48, 64], steps: 5, guidance: 6, seed: 7, scheduler: kind)
        try check(try Fixtures.model(), request, "text.\(kind.rawValue)")
    }

    @Test("From a picture", arguments: [SchedulerKind.ddim, .euler, .dpmSolver, .dpmSolverKarras, .pndm])
    func image(_ kind: SchedulerKind) throws {
        let start = Fixtures.picture("start", height: 48, width: 64)
        let request = TextToImageRequest(
            Self.prompt, negativePrompt: Self.negative, steps: 6, guidance: 4, seed: 8, scheduler: kind, image: start,
            strength: 0.7)
        try check(try Fixtures.model(), request, "image.\(kind.rawValue)")
    }

    @Test("With noise at every step and without guidance; with a prompt that is too long")
    func corners() throws {
        let model = try Fixtures.model()
        try check(
            model, TextToImageRequest(Self.prompt, size: [48, 64], steps: 4, guidance: 1, seed: 9, eta: 0.6), "text.eta")
        let long = TextToImageRequest(
            String(repeating: "the cat ", count: 60), size: [64, 64], steps: 2, guidance: 3, seed: (1 << 32) + 5)
        try check(model, long, "text.long")
        #expect(try model.generate(long).remarks.first?.contains("only its first 75 count") ?? false)
    }

    @Test("With one ControlNet, in guess mode, with two at their times, and from a picture")
    func control() throws {
        let picture = Fixtures.picture("control", height: 48, width: 64)
        let other = Fixtures.picture("control2", height: 48, width: 64)
        func request(_ seed: UInt64, _ controls: [TextToImageRequest.Control]) -> TextToImageRequest {
            TextToImageRequest(
                Self.prompt, negativePrompt: Self.negative, steps: 5, guidance: 5, seed: seed, controls: controls)
        }
        let model = try Fixtures.model(controls: 2)
        try check(model, request(10, [.init(picture, strength: 0.8)]), "control.one")
        var guess = request(11, [.init(picture)])
        guess.isGuessing = true
        try check(model, guess, "control.guess")
        var two = request(
            12, [.init(picture, strength: 0.8, span: 0...0.6), .init(other, network: 1, strength: 1.3, span: 0.3...1)])
        two.scheduler = .pndm
        try check(model, two, "control.two")
        var start = request(13, [.init(picture, strength: 0.8)])
        (start.image, start.strength) = (Fixtures.picture("start", height: 48, width: 64), 0.6)
        start.scheduler = .dpmSolver
        try check(model, start, "control.image")
    }

    @Test("Progress has a preview, cancellation stops between steps, and bfloat16 makes about the same picture")
    func progress() async throws {
        let model = try Fixtures.model()
        let request = TextToImageRequest(Self.prompt, size: [48, 64], steps: 4, seed: 7)
        var seen: [Int] = []
        _ = try model.generate(request) { progress in
            seen.append(progress.done)
            let preview = progress.preview()
            #expect(preview.height == 6 && preview.width == 8 && progress.total == 4)
        }
        #expect(seen == [1, 2, 3, 4])
        let count = Atomic(0)
        let task = Task {
            try model.generate(request) { _ in
                if count.add(1, ordering: .relaxed).newValue == 2 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(count.load(ordering: .relaxed) == 2)
        let narrow = try Fixtures.model(precision: .bfloat16)
        let (a, b) = (try model.generate(request), try narrow.generate(request))
        let problem = mismatch(b.latent, a.latent, .relativeNorm(0.1))
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("Numbers that are none are an error that names the step")
    func notFinite() throws {
        let model = try Fixtures.model()
        let parameter = try #require(model.denoiser.parameters.first { $0.path == "conv_out.bias" })
        parameter.value = Tensor(repeating: .nan, shape: parameter.shape)
        do {
            _ = try model.generate(TextToImageRequest("cat", size: [16, 16], steps: 2))
            Issue.record("no error")
        } catch let error as TextToImageError {
            #expect("\(error)".contains("the latent") && "\(error)".contains("step 1"), "\(error)")
        }
    }

    @Test("Requests that cannot be made are refused with their key")
    func refusals() throws {
        let model = try Fixtures.model()
        let picture = Fixtures.picture("control", height: 16, width: 16)
        let wrong: [(String, TextToImageRequest)] = [
            ("size", TextToImageRequest("cat", size: [12, 16])), ("size", TextToImageRequest("cat", size: [0, 16])),
            ("steps", TextToImageRequest("cat", steps: 0)), ("steps", TextToImageRequest("cat", steps: 1001)),
            ("guidance", TextToImageRequest("cat", guidance: .nan)),
            ("strength", TextToImageRequest("cat", image: picture, strength: 1.5)),
            ("eta", TextToImageRequest("cat", scheduler: .euler, eta: 0.5)),
            ("scheduler", TextToImageRequest("cat", scheduler: .flowEuler)),
            ("controls", TextToImageRequest("cat", controls: [.init(picture)])),
        ]
        for (key, request) in wrong {
            #expect(throws: TextToImageError.self, "\(key)") { try model.generate(request) }
            do { _ = try model.generate(request) } catch { #expect("\(error)".hasPrefix(key), "\(error)") }
        }
    }

    @Test("Prompts of any script, empty and very long")
    func prompts() throws {
        let model = try Fixtures.model()
        for prompt in ["", "   ", "猫の写真", "🐈‍⬛ é̂ \u{0} \u{202E}", String(repeating: "x", count: 100_000)] {
            let result = try model.generate(TextToImageRequest(prompt, size: [8, 8], steps: 1))
            #expect(result.image.height == 8)
        }
    }
}
