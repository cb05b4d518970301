import Datasets
import Foundation
import PseudoLabel
import Synchronization
import TensorCore
import Testing

@Suite("Generation")
struct GenerationTests {
    private static func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("gen-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    private static func request(_ prompt: String, seed: UInt64 = 1, index: Int = 0, of name: String = "striped ring")
        -> ImageRequest
    {
        ImageRequest(prompt: prompt, className: name, seed: seed, index: index)
    }

    private static func bank(_ prompts: [String]) -> PromptBank {
        var bank = PromptBank(className: "striped ring", threshold: 2)
        for prompt in prompts { bank.offer(prompt, embedding: [1]) }
        return bank
    }

    /// Counts what it makes, and fails where it is told.
    private final class Counting: ImageGenerator {
        let made = Mutex(0)
        let failing: Set<Int>
        let identity = "counting"
        init(failing: Set<Int> = []) { self.failing = failing }
        func generate(_ request: ImageRequest) throws -> RGBImage {
            if failing.contains(request.index) {
                throw GenerationError(source: "test", found: "nothing", expected: "something", advice: "none")
            }
            made.withLock { $0 += 1 }
            return RGBImage(height: 4, width: 4, red: UInt8(request.index))
        }
    }

    @Test("The painter paints the class that the prompt names, with its truth, the same again")
    func painter() throws {
        let painter = ShapesPainter(size: 64)
        for name in Shapes5i.classNames {
            let painted = try painter.paint(Self.request("a photo of a \(name) on a beach, at dusk", of: name))
            let pixels = painted.truth.values
            #expect(Set(pixels).subtracting([0, UInt8(painted.classID)]).isEmpty)
            #expect(pixels.count { Int($0) == painted.classID } > 40)
        }
        let request = Self.request("a striped ring in the snow")
        #expect(try painter.paint(request) == painter.paint(request))
        #expect(try painter.generate(request) != painter.generate(Self.request("a striped ring in a forest")))
        #expect(try painter.generate(request) != painter.generate(Self.request("a striped ring in the snow", seed: 2)))
    }

    @Test("Words choose size, light and company")
    func words() throws {
        func size(_ words: String) throws -> Double {
            let sizes = try (0..<6).map { seed in
                try ShapesPainter(size: 64).paint(Self.request("a striped ring \(words)", seed: seed)).truth.values.count {
                    $0 == 1
                }
            }
            return Double(sizes.reduce(0, +))
        }
        #expect(try size("seen from close up") > 2 * size("seen from far away"))
        func brightness(_ words: String) throws -> Int {
            try ShapesPainter(size: 64).generate(Self.request("a striped ring in a park \(words)")).pixels.reduce(0) {
                $0 + Int($1)
            }
        }
        #expect(try brightness("in bright sunlight") > brightness("at dusk"))
        let crowd = ShapesPainter(size: 96, companions: [6, 7])
        let seen = try (0..<12).flatMap {
            try crowd.paint(Self.request("a striped ring in a crowded market", seed: $0)).truth.values
        }
        #expect(Set(seen).subtracting([0, 1, 6, 7]).isEmpty && Set(seen).count > 2)
    }

    @Test("A class that is no composition, and a prompt without it, are refused")
    func unknown() {
        let painter = ShapesPainter(size: 64)
        #expect(throws: GenerationError.self) { _ = try painter.generate(Self.request("a dog", of: "dog")) }
        #expect(throws: GenerationError.self) { _ = try painter.generate(Self.request("a striped star")) }
        #expect(throws: GenerationError.self) { _ = try painter.generate(Self.request("")) }
    }

    @Test("A folder's images in name order, of the class or flat")
    func folderGenerator() throws {
        let root = try Self.folder()
        let cups = root.appendingPathComponent("cup")
        try FileManager.default.createDirectory(at: cups, withIntermediateDirectories: true)
        for (number, name) in ["b.png", "a.png"].enumerated() {
            try ImageFile.save(RGBImage(height: 2, width: 2, red: UInt8(number)), to: cups.appendingPathComponent(name))
        }
        try ImageFile.save(RGBImage(height: 2, width: 2, red: 9), to: root.appendingPathComponent("z.png"))
        let generator = try FolderGenerator(root, classNames: ["cup", "../x"])
        #expect(try generator.generate(Self.request("", index: 0, of: "cup")).pixels[0] == 1)
        #expect(try generator.generate(Self.request("", index: 1, of: "cup")).pixels[0] == 0)
        #expect(try generator.generate(Self.request("", index: 0, of: "../x")).pixels[0] == 9)
        #expect(throws: GenerationError.self) { _ = try generator.generate(Self.request("", index: 2, of: "cup")) }
        let before = generator.identity
        try ImageFile.save(RGBImage(height: 2, width: 2, red: 7), to: cups.appendingPathComponent("a.png"))
        #expect(try FolderGenerator(root, classNames: ["cup", "../x"]).identity != before)
        #expect(throws: DatasetError.self) { _ = try FolderGenerator(try Self.folder(), classNames: ["cup"]) }
        #expect(throws: DatasetError.self) { _ = try FolderGenerator(root.appendingPathComponent("none"), classNames: ["cup"]) }
    }

    @Test("The cache makes an image once, and what is damaged anew with a remark")
    func cache() async throws {
        let cache = GenerationCache(try Self.folder())
        let generator = Counting()
        let request = Self.request("a", index: 3)
        let first = try await cache.image(request, of: generator)
        let again = try await cache.image(request, of: generator)
        #expect(first.isNew && !again.isNew && first.image == again.image)
        for damage in [Data(), Data("no image".utf8), try Data(contentsOf: first.file).dropLast(5)] {
            try damage.write(to: first.file)
            #expect(try await cache.image(request, of: generator).image == first.image)
        }
        #expect(generator.made.withLock { $0 } == 4 && cache.remarks.count == 3)
        let note = first.file.deletingPathExtension().appendingPathExtension("json")
        try Data("{".utf8).write(to: note)
        #expect(try await cache.image(request, of: generator).isNew && cache.remarks.count == 4)
        try FileManager.default.removeItem(at: note)
        #expect(try await cache.image(request, of: generator).isNew)
        let others = [Self.request("b", index: 3), Self.request("a", seed: 2, index: 3), Self.request("a", index: 3, of: "x")]
        #expect(Set((others + [request]).map { cache.file($0, of: generator) }).count == 4)
        #expect(cache.file(request, of: ShapesPainter(size: 64)) != cache.file(request, of: ShapesPainter(size: 96)))
    }

    @Test("A synthesis goes on where it was, and lists what could not be made")
    func synthesis() async throws {
        let cache = GenerationCache(try Self.folder())
        let bank = Self.bank(["p", "q", "r"])
        let failing = Counting(failing: [1])
        let first = try await ImageSynthesis(failing, cache: cache, imagesPerPrompt: 2).run(bank)
        #expect(first.images.count == 5 && first.problems.map(\.index) == [1] && first.made == 5)
        #expect(first.images.map(\.prompt) == ["p", "r", "p", "q", "r"] && Set(first.images.map(\.seed)).count == 5)
        var steps: [Int] = []
        let mended = Counting()
        let second = try await ImageSynthesis(mended, cache: cache, imagesPerPrompt: 2).run(bank) { steps.append($0.done) }
        #expect(second.images.count == 6 && second.made == 1 && mended.made.withLock { $0 } == 1 && steps == [1, 2, 3, 4, 5, 6])
        let sheet = try ImageSynthesis.sheet(second, title: "striped ring", columns: 3)
        #expect(sheet.width > 300 && sheet.height > 200)
    }

    @Test("An empty bank, a generator that is gone and a place that takes no file end with clear words")
    func ends() async throws {
        let folder = try Self.folder()
        let cache = GenerationCache(folder)
        await #expect(throws: GenerationError.self) { _ = try await ImageSynthesis(Counting(), cache: cache).run(Self.bank([])) }
        let gone = Counting(failing: Set(0..<100))
        let error = await #expect(throws: GenerationError.self) {
            _ = try await ImageSynthesis(gone, cache: cache, imagesPerPrompt: 100, patience: 4).run(Self.bank(["p"]))
        }
        #expect("\(String(describing: error))".contains("4 images in a row"))
        let file = folder.appendingPathComponent("file")
        try Data().write(to: file)
        let full = await #expect(throws: GenerationError.self) {
            _ = try await ImageSynthesis(Counting(), cache: GenerationCache(file)).run(Self.bank(["p"]))
        }
        #expect(full?.isFatal == true)
    }
}
