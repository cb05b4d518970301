internal import Datasets
@testable internal import Diffusion
internal import Synchronization
internal import Testing

/// The digests of a dataset's items: asked for once, found by id, never by chance.
@Suite("Content digests")
struct ContentDigestTests {
    /// A dataset that counts how often it is asked, and answers "b" only at the second time.
    private final class Counting: FewShotDataset {
        struct NotYet: Error {}
        let name = "counting"
        let classes: [FewShotClass] = []
        let items: [DatasetItem] = []
        let asked = Mutex<[String: Int]>([:])

        func image(_ id: String) throws -> RGBImage { throw NotYet() }
        func mask(of classID: Int, in image: String) throws -> ClassMask { throw NotYet() }
        func contentDigest(_ id: String) throws -> String {
            let times = asked.withLock { asked in
                asked[id, default: 0] += 1
                return asked[id, default: 0]
            }
            if id == "b" && times == 1 { throw NotYet() }
            return "digest of \(id)"
        }
    }

    @Test("An item is asked for once, and each has its own")
    func once() throws {
        let (dataset, digests) = (Counting(), ContentDigests())
        for _ in 0..<3 {
            for id in ["a", "c", "a"] { #expect(try digests.digest(id, in: dataset) == "digest of \(id)") }
        }
        #expect(dataset.asked.withLock { $0 } == ["a": 1, "c": 1])
    }

    @Test("A failure is passed on and not remembered")
    func failures() throws {
        let (dataset, digests) = (Counting(), ContentDigests())
        #expect(throws: Counting.NotYet.self) { try digests.digest("b", in: dataset) }
        #expect(try digests.digest("b", in: dataset) == "digest of b")
        #expect(try digests.digest("b", in: dataset) == "digest of b")
        #expect(dataset.asked.withLock { $0 } == ["b": 2])
    }

    @Test("Many tasks get the same answers")
    func concurrent() async throws {
        let (dataset, digests) = (Counting(), ContentDigests())
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<64 { group.addTask { try digests.digest("\(index % 4)", in: dataset) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found == Set((0..<4).map { "digest of \($0)" }))
    }

    @Test("The digest of equal pixels and masks is equal whatever the id, and another mask has another one")
    func content() throws {
        let (dataset, digests) = (SmallModel.dataset, ContentDigests())
        let items = Array(Set(dataset.items.map(\.id))).sorted().prefix(4)
        let found = try items.map { try digests.digest($0, in: dataset) }
        #expect(Set(found).count == items.count)
        #expect(try found == items.map { try dataset.contentDigest($0) })
    }
}
