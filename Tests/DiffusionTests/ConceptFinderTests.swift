internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@testable internal import Diffusion

@Suite("Finding concepts")
struct ConceptFinderTests {
    /// Two episodes of one query, and the concepts of their supports.
    private static func shown() throws -> (query: RGBImage, episodes: [Episode]) {
        let one = try SmallModel.episode()
        var other = one
        other.supports = [
            Support(image: one.query.flippedHorizontally(), annotation: .boxes([Box(x0: 5, y0: 8, x1: 40, y1: 50)]))
        ]
        return (one.query, [one, other])
    }

    /// A concept whose photos are the pixels of supports.
    static func concept(_ name: String, _ supports: [Support]) throws -> Concept {
        let folder = FileManager.default.temporaryDirectory
        return try Concept(
            name: name,
            supports: try supports.map { support in
                let file = folder.appending(path: "\(UUID().uuidString).png")
                defer { try? FileManager.default.removeItem(at: file) }
                try ImageFile.save(support.image, to: file)
                return try ConceptSupport(photo: [UInt8](Data(contentsOf: file)), annotation: support.annotation)
            })
    }

    @Test("Several concepts in one pass are what the model finds of each alone")
    func together() throws {
        let model = try SmallModel.model()
        let (query, episodes) = try Self.shown()
        let finder = try ConceptFinder(model, shown: episodes.map { ("x", $0.supports) })
        let found = try finder.find(in: query)
        #expect(try found.map { Prediction.probabilities($0.probabilities) } == episodes.map { try model.segment($0) })
        #expect(found.map(\.steps) == [2, 2])
        #expect(found[0].probabilities != found[1].probabilities)
    }

    @Test("A concept's prototypes are made once and kept by content, in memory and on disk")
    func prototypes() throws {
        let model = try SmallModel.model()
        let (query, episodes) = try Self.shown()
        let folder = FileManager.default.temporaryDirectory.appending(path: "fss-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try model.segment(episodes[1])
        func files() -> Int {
            let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            return names.count { $0.hasSuffix(".safetensors") }
        }
        for name in ["one", "other"] {
            let concept = try Self.concept(name, episodes[1].supports)
            let finder = try ConceptFinder(model, concepts: [concept], store: FeatureStore(folder: folder, memory: 0))
            #expect(finder.names == [name])
            #expect(Prediction.probabilities(try finder.find(in: query)[0].probabilities) == expected)
            // The same photo and annotation under another name is found again.
            #expect(files() == 1)
        }
        let third = try Self.concept("one", episodes[0].supports)
        _ = try ConceptFinder(model, concepts: [third], store: FeatureStore(folder: folder, memory: 0))
        #expect(files() == 2)
    }

    @Test("Tiles cover a photo, and what is the same in all of them is joined to the same")
    func tiles() throws {
        for (height, width, count) in [(100, 160, 3), (7, 90, 5), (64, 64, 2), (33, 20, 32), (1, 1, 4)] {
            let tiles = PhotoTiling.along(count).tiles(height: height, width: width, photo: 4000, side: 320)
            var (sums, weights) = ([Float](repeating: 0, count: height * width), [Float](repeating: 0, count: height * width))
            for tile in tiles {
                let map = ProbabilityMap(
                    height: tile.box.height, width: tile.box.width, values: [Float](repeating: 0.4, count: tile.box.area))
                tile.add(map, to: &sums, width: width)
                tile.addWeights(to: &weights, width: width)
            }
            #expect(weights.allSatisfy { $0 > 0 })
            #expect(zip(sums, weights).allSatisfy { abs($0 / $1 - 0.4) < 1e-5 })
        }
        func count(_ tiling: PhotoTiling, _ height: Int, _ width: Int) -> Int {
            tiling.tiles(height: height, width: width, photo: max(height, width), side: 320).count
        }
        #expect(count(.automatic, 480, 640) == 1)
        #expect(count(.automatic, 1500, 1900) == 4)
        #expect(count(.along(4), 480, 640) == 12)
        #expect(PhotoTiling("auto") == .automatic && PhotoTiling("7") == .along(7))
        #expect(PhotoTiling("0") == nil && PhotoTiling("33") == nil && PhotoTiling("two") == nil)
        let both: [PhotoTiling] = [.automatic, .along(3)]
        #expect(try JSONDecoder().decode([PhotoTiling].self, from: JSONEncoder().encode(both)) == both)
    }

    @Test("A tile is seen as a photo of its own; one tile is the whole")
    func tiled() throws {
        let model = try SmallModel.model()
        let (query, episodes) = try Self.shown()
        let finder = try ConceptFinder(model, shown: [("x", episodes[0].supports)])
        let whole = try finder.find(in: query)
        #expect(try finder.find(in: query, tiling: .along(1))[0].probabilities == whole[0].probabilities)
        let joined = try finder.find(in: query, tiling: .along(2))[0]
        #expect(joined.steps == 8 && joined.probabilities != whole[0].probabilities)
        let tile = PhotoTiling.along(2).tiles(height: 64, width: 64, photo: 64, side: 64)[0].box
        let part = query.cropped(y: 0, x: 0, height: tile.height, width: tile.width)
        let corner = try finder.find(in: part)[0].probabilities
        #expect(abs(corner.values[0] - joined.probabilities.values[0]) < 1e-5)
        let none = try finder.find(in: query, tiling: .along(2), absentBelow: 1.1)[0].probabilities
        #expect(none.values.allSatisfy { $0 == 0 })
    }

    @Test("What priors alone tell to be absent costs no step, and nothing of it is found")
    func absent() throws {
        let (query, episodes) = try Self.shown()
        let prior = try #require(SmallModel.configuration.parts().priors.first?.name)
        let samples = (0..<8).map { index in
            PresenceSample(signals: ["peak of \(prior)": Float(index)], isPresent: index % 2 == 0, classID: 0)
        }
        let calibration = try PresenceCalibration(
            fitting: samples,
            provenance: .init(
                decoder: "", backbones: [], dataset: "", listHash: "", classes: [], episodeHash: "", settings: [:]))
        let model = try SmallModel.model().with { $0.presence = calibration }
        let finder = try ConceptFinder(model, shown: [("x", episodes[0].supports)])
        let found = try finder.find(in: query)[0]
        #expect(found.steps > 0 && found.probabilities.values.contains { $0 > 0 })
        for tiling in [nil, PhotoTiling.along(2)] {
            let absent = try finder.find(in: query, tiling: tiling, absentBelow: 1)[0]
            #expect(absent.steps == 0 && absent.probabilities.values.allSatisfy { $0 == 0 })
        }
        #expect(try finder.find(in: query, absentBelow: 1)[0].presence == found.presence)
        #expect(try finder.find(in: query, absentBelow: found.presence)[0].probabilities == found.probabilities)
    }

    @Test("Large photos are looked at in parts of bounded size")
    func reduced() {
        let photo = RGBImage(height: 3000, width: 2000, red: 1, green: 2, blue: 3)
        let small = photo.reduced(to: 1 << 16)
        #expect(small.height * small.width <= 1 << 16 && small.height * small.width > 1 << 15)
        #expect(abs(Double(small.height) / Double(small.width) - 1.5) < 0.02)
        #expect(photo.reducedSize(to: 6_000_000) == (3000, 2000))
        let part = photo.part(Box(x0: 0, y0: 10, x1: small.width, y1: small.height), ofHeight: small.height, width: small.width)
        #expect(part.width == 2000 && part.height == 3000 - 10 * 3000 / small.height)
    }
}
