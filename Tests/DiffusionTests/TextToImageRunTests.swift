internal import Datasets
internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// Pictures into a folder: resumable, whole, and said before it begins.
@Suite("Text-to-image runs")
struct TextToImageRunTests {
    private typealias Fixtures = TextToImageFixtures

    private static func withFolder(_ body: (URL, PictureSettings) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sd-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = folder.appendingPathComponent("model")
        try TextToImageLoadingTests.writeFolder(model)
        var settings = PictureSettings(model: model.path, prompts: NamedPrompt.numbered(["a photo of the cat", "the cat"]))
        (settings.images, settings.steps, settings.width, settings.height, settings.seed) = (2, 2, 16, 24, 5)
        try await body(folder, settings)
    }

    @Test("Every picture has its seed; what is there stays, what is damaged or missing is made again")
    func resume() async throws {
        try await Self.withFolder { place, settings in
            let out = place.appendingPathComponent("out").path
            let run = try PictureRun(settings)
            var records: [PictureRecord] = []
            do {
                let folder = try RunFolder(out, command: PictureRun.command)
                records = try await run.run(in: folder)
            }
            #expect(records.map(\.name) == ["prompt-1-1", "prompt-2-1", "prompt-1-2", "prompt-2-2"])
            #expect(records.map(\.seed) == [5, 6, 7, 8])
            let files = records.compactMap(\.file).map { URL(fileURLWithPath: out).appendingPathComponent($0) }
            let before = try files.map { try Data(contentsOf: $0) }
            let model = try run.model()
            let alone = try model.generate(TextToImageRequest("the cat", size: [24, 16], steps: 2, seed: 6))
            #expect(try ImageFile.load(files[1]) == alone.image)
            try before[0].prefix(20).write(to: files[0])
            try FileManager.default.removeItem(at: files[3])
            let folder = try RunFolder(resuming: out, command: PictureRun.command)
            var steps = 0
            let again = try await PictureRun(resuming: folder).run(in: folder) { event in
                if case .progress(let progress) = event, progress.detail.contains("step") { steps += 1 }
            }
            #expect(steps == 6, "two pictures of three evaluations each")
            #expect(again.map(\.sha256) == records.map(\.sha256))
            #expect(try files.map { try Data(contentsOf: $0) } == before)
        }
    }

    @Test("A run that is cancelled goes on; one whose picture changed is refused")
    func cancellation() async throws {
        try await Self.withFolder { place, settings in
            var settings = settings
            let start = place.appendingPathComponent("start.png")
            try ImageFile.save(Fixtures.picture("start", height: 24, width: 16), to: start)
            settings.image = try FileRecord(start)
            let out = place.appendingPathComponent("out").path
            let run = try PictureRun(settings)
            let task = Task {
                let folder = try RunFolder(out, command: PictureRun.command)
                return try await run.run(in: folder) { event in
                    if case .progress(let progress) = event, progress.done == 1 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            do {
                let folder = try RunFolder(resuming: out, command: PictureRun.command)
                let records = try await PictureRun(resuming: folder).run(in: folder)
                #expect(records.count == 4 && records.allSatisfy { $0.error == nil })
            }
            try ImageFile.save(Fixtures.picture("other", height: 24, width: 16), to: start)
            let folder = try RunFolder(resuming: out, command: PictureRun.command)
            await #expect(throws: RunError.self) { try await PictureRun(resuming: folder).run(in: folder) }
        }
    }

    @Test("The plan says how many, how large, and what they take")
    func plan() async throws {
        try await Self.withFolder { _, settings in
            let run = try PictureRun(settings)
            let plan = try run.plan(try run.model())
            #expect(plan.pictures == 4 && plan.width == 16 && plan.height == 24 && plan.evaluations == 3)
            #expect(plan.weightBytes > 100_000 && plan.memoryBytes > plan.weightBytes && plan.diskBytes == 4 * 16 * 24 * 3)
        }
    }

    @Test("A run that needs more memory than it may take does not start, and says what would fit")
    func memory() async throws {
        try await Self.withFolder { place, settings in
            var settings = settings
            (settings.width, settings.height) = (256, 256)
            let model = try PictureRun(settings).model()
            let need = model.memoryNeed(Size2D(256))
            #expect(need.peak == max(need.denoising, need.decoding) && need.encoding < need.denoising)
            #expect(model.memoryNeed(Size2D(128)).peak < need.peak)
            #expect(model.memoryNeed(Size2D(256), precision: .bfloat16).denoising < need.denoising)
            settings.memory = need.peak - 1
            let folder = try RunFolder(place.appendingPathComponent("out").path, command: PictureRun.command)
            let run = try PictureRun(settings)
            await #expect {
                _ = try await run.run(in: folder)
            } throws: { error in
                "\(error)".contains("memory") && "\(error)".contains("256x256") && "\(error)".contains("128x128 (")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("results.jsonl").path))
        }
        let available = try #require(AvailableMemory.bytes)
        #expect(available > 1 << 20)
    }

    @Test("Prompts of files and folders")
    func prompts() async throws {
        try await Self.withFolder { place, _ in
            let file = place.appendingPathComponent("list.txt")
            try "a cat\r\n\n  a dog  \n".write(to: file, atomically: true, encoding: .utf8)
            #expect(try NamedPrompt.found(file).map(\.prompt) == ["a cat", "a dog"])
            #expect(try NamedPrompt.found(file).map(\.name) == ["list-1", "list-2"])
            let folder = place.appendingPathComponent("prompts")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            #expect(throws: RunError.self) { try NamedPrompt.found(folder) }
            try "a red\nbus".write(to: folder.appendingPathComponent("bus.txt"), atomically: true, encoding: .utf8)
            #expect(try NamedPrompt.found(folder) == [NamedPrompt(name: "bus", prompt: "a red bus")])
        }
    }

    @Test("Settings that make no run are refused by their option")
    func refusals() throws {
        func message(_ change: (inout PictureSettings) -> Void) -> String {
            var settings = PictureSettings(model: "m", prompts: NamedPrompt.numbered(["a"]))
            change(&settings)
            do {
                _ = try PictureRun(settings)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { _ in }.isEmpty)
        #expect(message { $0.prompts = [] }.contains("no prompt"))
        #expect(message { $0.steps = 0 }.contains("--steps"))
        #expect(message { $0.strength = -1 }.contains("--strength"))
        #expect(message { $0.width = 512 }.contains("--size"))
        #expect(message { $0.controlNets = ["c"] }.contains("--control"))
        #expect(message { $0.prompts += $0.prompts }.contains("one name"))
    }
}
