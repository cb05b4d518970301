internal import Datasets
internal import TensorCore
internal import Testing

/// Segments of photos whose segments are known.
@Suite("Segments by colour")
struct GraphSegmentationTests {
    /// A photo of grey columns.
    private func columns(_ levels: [UInt8], each width: Int, height: Int) -> RGBImage {
        let row = levels.flatMap { level in [UInt8](repeating: level, count: width * 3) }
        return RGBImage(height: height, width: levels.count * width, pixels: (0..<height).flatMap { _ in row })
    }

    private func noise(height: Int, width: Int) -> RGBImage {
        var random = TorchRandom(seed: 5)
        let pixels = (0..<(height * width * 3)).map { _ in UInt8(random.integer(below: 256)) }
        return RGBImage(height: height, width: width, pixels: pixels)
    }

    @Test("Two even halves are two segments, split where they meet")
    func halves() {
        let map = GraphSegmentation().segments(of: columns([40, 200], each: 30, height: 40))
        #expect(map.count == 2)
        #expect(map.values == (0..<2400).map { $0 % 60 < 30 ? 0 : 1 })
    }

    @Test("Photos that are scaled down have their segments at their own size")
    func large() {
        let map = GraphSegmentation().segments(of: columns([40, 200], each: 200, height: 300))
        #expect(map.count == 2 && map.height == 300 && map.width == 400)
        let right = map.values.enumerated().filter { $0.element == 1 }.map { $0.offset % 400 }
        // A pixel of what is segmented stands for two and a half.
        #expect(abs(right.count - 60_000) <= 900 && (right.min() ?? 0) >= 197)
    }

    @Test("The scale of observation decides how much is one", arguments: [(10, 4), (1_000_000, 1)])
    func scales(scale: Float, count: Int) {
        let photo = columns([0, 20, 40, 60], each: 16, height: 32)
        #expect(GraphSegmentation(scale: scale).segments(of: photo).count == count)
    }

    @Test("No segment is smaller than the smallest, even of noise", arguments: [Float(0.005), 0.1, 1])
    func smallest(share: Float) {
        let map = GraphSegmentation(scale: 20, smallestShare: share).segments(of: noise(height: 40, width: 56))
        var areas = [Int](repeating: 0, count: map.count)
        for number in map.values { areas[Int(number)] += 1 }
        #expect(areas.allSatisfy { $0 >= Int(share * 40 * 56) })
        if share == 1 { #expect(map.count == 1) }
    }

    @Test("The same pixels give the same numbers, in scan order")
    func repeats() {
        let photo = noise(height: 33, width: 47)
        let segmentation = GraphSegmentation(scale: 400, smallestShare: 0.002)
        let map = segmentation.segments(of: photo)
        #expect(map == segmentation.segments(of: photo))
        var seen: Int32 = 0
        for number in map.values {
            #expect(number <= seen)
            seen = max(seen, number + 1)
        }
    }

    @Test("Photos of any shape have segments", arguments: [(1, 1), (1, 900), (900, 1), (2, 3), (5, 4000)])
    func shapes(height: Int, width: Int) {
        let map = GraphSegmentation().segments(of: noise(height: height, width: width))
        #expect(map.height == height && map.width == width && map.count >= 1 && map.values.min() == 0)
    }
}
