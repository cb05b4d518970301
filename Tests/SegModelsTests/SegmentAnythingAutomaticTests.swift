import TensorCore
import Testing

@testable import SegModels

/// Automatic masks against SamAutomaticMaskGenerator (`Scripts/goldens/segment_anything.py`).
@Suite("Automatic masks of Segment Anything")
struct SegmentAnythingAutomaticTests {
    private typealias Fixtures = SegmentAnythingFixtures

    /// The small network, its biases moved as the golden's, so that masks are neither empty nor the whole photo.
    private static func model() throws -> SegmentAnything {
        var state = try Fixtures.published()
        func move(_ name: String, _ change: (inout [Float]) -> Void) throws {
            let tensor = try #require(state["mask_decoder.\(name).bias"])
            var values = tensor.scalars
            change(&values)
            state["mask_decoder.\(name).bias"] = Tensor(values, shape: tensor.shape)
        }
        try move("output_upscaling.3") { $0[0] += 3 }
        for (mask, shift) in [Float(0.25), 0.05, -0.9].enumerated() {
            try move("output_hypernetworks_mlps.\(mask + 1).layers.2") { $0[0] += shift }
        }
        try move("iou_prediction_head.layers.2") { values in values = values.map { $0 + 1 } }
        let model = SegmentAnything(ParameterScope(.loading), Fixtures.configuration)
        try model.load(state)
        model.freeze()
        return model
    }

    /// The golden's settings.
    private static func search(_ change: (inout SAMAutomaticMasks) -> Void) -> SAMAutomaticMasks {
        var search = SAMAutomaticMasks()
        (search.minimumQuality, search.minimumStability, search.stabilityOffset) = (0.5, 0.1, 0.05)
        (search.duplicateOverlap, search.cropDuplicateOverlap, search.pointsPerBatch) = (0.8, 0.6, 10)
        change(&search)
        return search
    }

    private func expect(_ name: String, _ size: Size2D, _ search: SAMAutomaticMasks) throws -> [SAMAutomaticMask] {
        let golden = try Fixtures.golden("sam-automatic")
        let photo = BackboneFixtures.formulaImages(1, size.height, size.width).selecting(axis: 0, index: 0)
        let found = try search(photo, by: try Self.model())
        let (numbers, packed) = (try #require(golden["\(name).numbers"]), try #require(golden["\(name).masks"]))
        #expect(found.count == numbers.shape[0], "\(name)")
        guard found.count == numbers.shape[0] else { return found }
        let (rows, bytes, count) = (numbers.scalars, packed.bytes, packed.shape[1])
        for (index, mask) in found.enumerated() {
            let row = Array(rows[(12 * index)..<(12 * index + 12)])
            let box = [mask.box.left, mask.box.top, mask.box.right - mask.box.left, mask.box.bottom - mask.box.top]
            let crop = [mask.crop.left, mask.crop.top, mask.crop.right - mask.crop.left, mask.crop.bottom - mask.crop.top]
            #expect(abs(mask.quality - row[0]) < 1e-3 && abs(mask.stability - row[1]) < 0.01, "\(name) \(index)")
            #expect(box == Array(row[2..<6]) && crop == Array(row[8...]), "\(name) \(index): \(box), expected \(row)")
            #expect(abs(mask.point.x - row[6]) < 1e-3 && abs(mask.point.y - row[7]) < 1e-3, "\(name) \(index)")
            let pixels = mask.mask.mask
            let wrong = pixels.indices.count { pixel in
                let bit = bytes[index * count + pixel / 8] >> UInt8(7 - pixel % 8) & 1
                return pixels[pixel] != (bit == 1)
            }
            // A logit next to zero may fall on either side.
            #expect(wrong <= 2, "\(name) \(index): \(wrong) pixels of \(mask.area)")
            #expect(mask.area == pixels.count { $0 })
        }
        return found
    }

    @Test("A grid of points, and what is sure, stable and no duplicate")
    func plain() throws {
        _ = try expect("plain", Size2D(height: 90, width: 150), Self.search { $0.pointsPerSide = 6 })
    }

    @Test("Two layers of crops, whose masks come before those of the photo")
    func crops() throws {
        let search = Self.search { ($0.pointsPerSide, $0.cropLayers, $0.cropPointDivisor) = (8, 2, 2) }
        let found = try expect("crops", Size2D(height: 240, width: 300), search)
        #expect(found.contains { $0.crop.right - $0.crop.left < 300 })
    }

    @Test("Small holes are filled and small islands taken away")
    func clean() throws {
        let search = Self.search { ($0.pointsPerSide, $0.minimumRegionArea) = (6, 5) }
        _ = try expect("clean", Size2D(height: 90, width: 150), search)
    }

    @Test("Runs are columns, begin outside, and give the mask back")
    func runs() {
        let mask = [true, false, false, true, true, false]
        let runs = SAMRunLengths(height: 2, width: 3, mask: mask)
        #expect(runs.counts == [0, 2, 1, 1, 2] && runs.area == 3 && runs.mask == mask)
        let empty = SAMRunLengths(height: 2, width: 2, mask: [false, false, false, false])
        #expect(empty.counts == [4] && empty.area == 0 && empty.mask == [false, false, false, false])
    }

    @Test("Of islands that are all small the largest stays; diagonal pixels belong together")
    func islands() {
        let picture = "##..#" + "....#" + "##..." + "#.#.." + "...#."
        var grid = SAMMaskGrid(height: 5, width: 5, values: picture.map { $0 == "#" })
        let holes = grid
        let isChanged = grid.clean(area: 10)
        #expect(isChanged)
        #expect(grid.values == ("....." + "....." + "##..." + "#.#.." + "...#.").map { $0 == "#" })
        #expect(grid.box == SAMPrompt.Box(left: 0, top: 2, right: 3, bottom: 4))
        var same = holes
        let isSameChanged = same.clean(area: 2)
        #expect(!isSameChanged && same.values == holes.values)
    }

    @Test("Small holes are filled before islands are counted, large ones stay")
    func holes() {
        let picture = "#####." + "#.###." + "###..." + "#.#..."
        var grid = SAMMaskGrid(height: 4, width: 6, values: picture.map { $0 == "#" })
        let isChanged = grid.clean(area: 3)
        #expect(isChanged)
        #expect(grid.values == ("#####." + "#####." + "###..." + "###...").map { $0 == "#" })
    }

    @Test("Numbers out of their range, and grids without points, are refused")
    func settings() throws {
        let (model, photo) = (try Self.model(), Tensor(repeating: 9, shape: [20, 30, 3]))
        var search = SAMAutomaticMasks()
        search.pointsPerBatch = 0
        #expect(#expect(throws: ConfigurationError.self) { try search(photo, by: model) }?.key == "pointsPerBatch")
        search = SAMAutomaticMasks()
        (search.pointsPerSide, search.cropLayers, search.cropPointDivisor) = (3, 2, 2)
        #expect(#expect(throws: ConfigurationError.self) { try search(photo, by: model) }?.key == "cropPointDivisor")
        // A photo of a few pixels has no room for every crop.
        (search.pointsPerSide, search.cropLayers, search.cropPointDivisor) = (1, 3, 1)
        _ = try search(Tensor(repeating: 9, shape: [3, 2, 3]), by: model)
    }

    @Test("The defaults are those of the reference")
    func defaults() {
        let search = SAMAutomaticMasks()
        #expect(search.pointsPerSide == 32 && search.pointsPerBatch == 64 && search.minimumQuality == 0.88)
        #expect(search.minimumStability == 0.95 && search.stabilityOffset == 1 && search.duplicateOverlap == 0.7)
        #expect(search.cropLayers == 0 && search.cropDuplicateOverlap == 0.7 && search.cropSharedPart == 512.0 / 1500)
        #expect(search.cropPointDivisor == 1 && search.minimumRegionArea == 0)
    }
}
