internal import Datasets
internal import Diffusion
internal import Foundation
internal import Testing

/// Sessions of a page, with a small model.
@Suite("Photo sessions")
struct PhotoSessionTests {
    private func sessions(_ change: (inout PhotoSessionLimits) -> Void = { _ in }) throws -> PhotoSessions {
        var limits = PhotoSessionLimits()
        change(&limits)
        return PhotoSessions(models: SessionModels(try SmallModel.model(), named: "small"), limits: limits)
    }

    private static func photo(_ seed: Int = 0, side: Int = 64) throws -> [UInt8] {
        var image = RGBImage(height: side, width: side * 2, red: 30, green: UInt8(60 + seed), blue: 40)
        for y in 20..<50 { for x in 30..<70 { image.pixels[(y * side * 2 + x) * 3] = 220 } }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: file) }
        try ImageFile.save(image, to: file)
        return [UInt8](try Data(contentsOf: file))
    }

    private static let box = PhotoMarks(height: 64, width: 128, boxes: [[30, 20, 70, 50]])

    @Test("A marked photo is a support, and every photo gets a result of its size")
    func story() async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        let first = try await sessions.addPhoto(Self.photo(), name: "../up/a.png", to: id)
        #expect(first.name == "a.png" && first.height == 64 && first.width == 128 && first.marks == nil)
        let second = try await sessions.addPhoto(Self.photo(9), name: "b.png", to: id)
        await #expect(throws: PhotoSessionError.self) { try await sessions.segment(second.id, of: id) }
        try await sessions.mark(first.id, of: id, with: Self.box)
        try await sessions.prepare(second.id, of: id)
        let result = try await sessions.segment(second.id, of: id)
        #expect(result.height == 64 && result.width == 128 && result.mask.reduce(0, +) == 64 * 128)
        #expect(result.model == "small" && result.revision == 1 && (0...1).contains(result.presence))
        let prior = try #require(result.prior)
        #expect(Data(base64Encoded: prior.values)?.count == prior.height * prior.width)
        #expect(try await sessions.state(of: id).photos.map(\.isCurrent) == [nil, true])
        try await sessions.mark(second.id, of: id, with: Self.box)
        #expect(try await sessions.state(of: id).photos.map(\.isCurrent) == [nil, false])
    }

    @Test("The result is the one that the model gives for the same episode")
    func parity() async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        let photo = try await sessions.addPhoto(Self.photo(), name: "a.png", to: id)
        try await sessions.mark(photo.id, of: id, with: Self.box)
        let image = try ImageFile.decode(Self.photo(), name: "a.png")
        let support = Support(image: image, annotation: .boxes([Box(x0: 30, y0: 20, x1: 70, y1: 50)]))
        let expected = try SmallModel.model().segment(Episode(query: image, supports: [support]))
        guard case .probabilities(let map) = expected else {
            Issue.record("expected probabilities")
            return
        }
        let mask = try await sessions.segment(photo.id, of: id).mask(height: 64, width: 128)
        #expect(mask == map.mask(threshold: 0.5))
    }

    @Test("A concept that was taken from a session makes the same session elsewhere")
    func concept() async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        await #expect(throws: PhotoSessionError.self) { try await sessions.concept(of: id) }
        let photo = try await sessions.addPhoto(Self.photo(), name: "a.png", to: id)
        try await sessions.mark(photo.id, of: id, with: Self.box)
        try await sessions.set(concept: "cup", of: id)
        let concept = try await sessions.concept(of: id)
        let bytes = try Self.photo()
        #expect(concept.name == "cup" && concept.supports.map(\.photo) == [bytes])
        let other = try await sessions.begin().id
        let state = try await sessions.add(Concept(fileBytes: concept.fileBytes, file: "cup"), to: other)
        #expect(state.concept == "cup" && state.photos.map(\.marks) == [Self.box])
        #expect(try await sessions.concept(of: other) == concept)
    }

    @Test("Results come in every format, as archives", arguments: PhotoSessions.exportFormats)
    func export(_ format: String) async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        await #expect(throws: PhotoSessionError.self) { try await sessions.export(format, of: id) }
        for name in ["é.png", "É.PNG"] {
            let photo = try await sessions.addPhoto(Self.photo(), name: name, to: id)
            try await sessions.mark(photo.id, of: id, with: Self.box)
            _ = try await sessions.segment(photo.id, of: id)
        }
        let archive = try await sessions.export(format, of: id)
        #expect(archive.prefix(4) == [0x50, 0x4b, 3, 4])
        await #expect(throws: PhotoSessionError.self) { try await sessions.export("../../etc", of: id) }
    }

    @Test("Three drawn photos are there for who has none, one of them with a box to try")
    func examples() async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        let photos = try await sessions.addExamples(to: id)
        #expect(photos.count == 3 && photos.compactMap(\.suggestion).count == 1)
        let box = try #require(photos[0].suggestion)
        try await sessions.mark(
            photos[0].id, of: id, with: PhotoMarks(height: photos[0].height, width: photos[0].width, boxes: [box]))
    }

    @Test("Sessions, photos, bytes and pixels are limited, and what is refused leaves nothing behind")
    func limits() async throws {
        let bytes = try Self.photo()
        let sessions = try sessions {
            $0.sessions = 2
            $0.photos = 2
            $0.photoPixels = 64 * 128
            $0.totalBytes = 100_000
        }
        let id = try await sessions.begin().id
        _ = try await sessions.begin()
        await #expect(throws: PhotoSessionError.self) { try await sessions.begin() }
        try await sessions.addPhoto(bytes, name: "a.png", to: id)
        // The other one has been idle for long when somebody new comes.
        _ = try await sessions.begin(at: .now + .seconds(91))
        #expect(try await sessions.state(of: id).photos.count == 1)
        let large = try Self.photo(side: 65)
        await #expect(throws: PhotoSessionError.self) { try await sessions.addPhoto(large, name: "b.png", to: id) }
        await #expect(throws: ImageError.self) { try await sessions.addPhoto(Array(bytes.prefix(60)), name: "c.png", to: id) }
        await #expect(throws: ImageError.self) { try await sessions.addPhoto([], name: "", to: id) }
        try await sessions.addPhoto(bytes, name: "d.png", to: id)
        await #expect(throws: PhotoSessionError.self) { try await sessions.addPhoto(bytes, name: "e.png", to: id) }
        #expect(try await sessions.state(of: id).photos.map(\.name) == ["a.png", "d.png"])
        #expect(await sessions.byteCount == 2 * (bytes.count + 64 * 128 * 3))
    }

    @Test("Nothing of a session is left when it ends, and idle ones end by themselves")
    func ends() async throws {
        let sessions = try sessions { $0.idleSeconds = 5 }
        let id = try await sessions.begin().id
        let photo = try await sessions.addPhoto(Self.photo(), name: "a.png", to: id)
        await sessions.end(id)
        #expect(await sessions.byteCount == 0)
        await #expect(throws: PhotoSessionError.missing("session")) { try await sessions.file(of: photo.id, in: id) }
        let idle = try await sessions.begin().id
        #expect(idle != id && idle.count == 32)
        await sessions.endIdle(at: .now + .seconds(4))
        #expect(await sessions.count == 1)
        await sessions.endIdle(at: .now + .seconds(6))
        #expect(await sessions.count == 0)
    }

    @Test("Models, names and photos that are none are refused")
    func unknown() async throws {
        let sessions = try sessions()
        let id = try await sessions.begin().id
        await #expect(throws: PhotoSessionError.self) { try await sessions.set(model: "none", of: id) }
        for name in ["", " ", "a\nb", String(repeating: "x", count: 101)] {
            await #expect(throws: PhotoSessionError.self) { try await sessions.set(concept: name, of: id) }
        }
        await #expect(throws: PhotoSessionError.self) { try await sessions.mark("p1", of: id, with: nil) }
        await #expect(throws: PhotoSessionError.self) { try await sessions.segment("p1", of: id) }
        await #expect(throws: PhotoSessionError.self) { try await sessions.removePhoto("p1", from: id) }
    }
}
