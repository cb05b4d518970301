internal import Datasets
internal import Foundation
internal import Testing

@testable internal import Diffusion

@Suite("Exports of predictions")
struct PredictionExportTests {
    /// A record with up to two instances; every seventh photo failed.
    private static func record(_ number: Int) -> PredictionRecord {
        var record = PredictionRecord(query: "/photos/\(number % 2)/p\(number / 2).jpg", name: "p\(number / 2)-\(number % 2)")
        guard number % 7 != 6 else {
            record.error = "damaged"
            return record
        }
        (record.height, record.width, record.mask) = (24, 32, "masks/\(record.name).png")
        record.concepts = ["cup", "plate"].map { PredictedConcept(name: $0, share: 0, presence: 0.5, probability: nil) }
        record.instances = (0..<(number % 3)).map { place in
            let mask = BinaryMask(
                height: 24, width: 32,
                values: (0..<(24 * 32)).map { $0 % 32 >= 4 * place && $0 % 32 < 4 * place + 3 && $0 / 32 < 9 })
            let runs = RunLengthMask(mask)
            let thing = Instance(className: "", runs: runs, box: runs.box, area: runs.area, score: 0.5)
            return PredictedInstance(thing, concept: place == 0 ? "plate" : "cup")
        }
        return record
    }

    @Test("Thousands of records are written one by one: every instance once, photos of one name told apart")
    func many() async throws {
        try await RunTests.inFolder { folder in
            let count = 4000
            let writer = try PredictionExport(["coco", "csv"]).writer(in: folder)
            var things = 0
            for number in 0..<count {
                let record = Self.record(number)
                things += record.instances?.count ?? 0
                try writer.add(record)
            }
            let summaries = try writer.finish()
            #expect(summaries.map(\.objects) == [things, things] && summaries.map(\.files) == [1, 1])
            let data = try Data(contentsOf: folder.appending(path: "exports/coco/instances.json"))
            let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [[String: Any]]])
            let images = try #require(file["images"]).compactMap { $0["file_name"] as? String }
            #expect(images.count == (0..<count).count { $0 % 7 != 6 } && Set(images).count == images.count)
            #expect(file["categories"]?.compactMap { $0["name"] as? String } == ["cup", "plate"])
            #expect(file["annotations"]?.compactMap { $0["id"] as? Int } == Array(1...things))
            let table = try String(contentsOf: folder.appending(path: "exports/csv/instances.csv"), encoding: .utf8)
            #expect(table.split(separator: "\n").count == things + 1)
            #expect(try PredictionExport(["coco", "csv"]).write((0..<count).map(Self.record), in: folder) == summaries)
            #expect(try Data(contentsOf: folder.appending(path: "exports/coco/instances.json")) == data)
        }
    }

    @Test("An instance that does not fit its photo is refused with its photo's name")
    func refused() async throws {
        try await RunTests.inFolder { folder in
            var record = Self.record(1)
            record.height = 25
            let writer = try PredictionExport(["csv"]).writer(in: folder)
            let error = #expect(throws: RunError.self) { try writer.add(record) }
            #expect("\(String(describing: error))".contains("p0-1"))
        }
    }
}
