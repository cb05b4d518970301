internal import Datasets
internal import TensorCore
internal import Testing

/// Views and regions of drawn scenes.
@Suite("Regions of photos")
struct PhotoRegionsTests {
    private static let side = 64

    /// Blue above green, with a red square of class 1 and a yellow one of class 2 within a void frame.
    private static let labels = ClassMap(
        height: side, width: side,
        values: (0..<(side * side)).map { pixel in
            let (x, y) = (pixel % side, pixel / side)
            func inside(_ left: Int, _ top: Int, _ length: Int) -> Bool {
                (left..<(left + length)).contains(x) && (top..<(top + length)).contains(y)
            }
            if inside(14, 22, 14) { return 1 }
            if inside(36, 24, 14) { return 2 }
            return inside(12, 20, 18) || inside(34, 22, 18) ? ClassMap.void : 0
        })

    private static let photo = RGBImage(
        height: side, width: side,
        pixels: labels.values.enumerated().flatMap { pixel, label -> [UInt8] in
            switch label {
            case 1: [220, 20, 20]
            case 2: [220, 220, 20]
            default: pixel / side < side / 2 ? [60, 120, 230] : [30, 150, 40]
            }
        })

    private func regions(_ seed: UInt64, limit: Int = 3, labels: ClassMap = Self.labels) -> PhotoRegions {
        var random = TorchRandom(seed: seed)
        return PhotoRegions(of: Self.photo, labels: labels, limit: limit, &random)
    }

    private func labels(of mask: ClassMask) -> Set<Int32> {
        Set(mask.object.values.indices.filter { mask.object.values[$0] }.map { Self.labels.values[$0] })
    }

    @Test("Both views show every region, and void pixels stay void")
    func visible() {
        for seed in UInt64(0)..<20 {
            let regions = regions(seed)
            #expect(regions.views.count == 2 && regions.masks.count <= 3)
            for (number, mask) in regions.masks.enumerated() {
                #expect(!labels(of: mask).contains(ClassMap.void))
                let stays = Self.labels.values.indices.allSatisfy {
                    Self.labels.values[$0] != ClassMap.void || mask.void?.values[$0] == true
                }
                #expect(stays)
                for view in 0..<2 {
                    let shown = regions.mask(number, inView: view)
                    let share = Float(shown.object.area) / Float(shown.height * shown.width)
                    #expect(PhotoRegions.shares.contains(share))
                    let image = regions.views[view].image(of: Self.photo)
                    #expect(image.height == shown.height && image.width == shown.width)
                }
            }
        }
    }

    @Test("Stuff, single things and unions all appear; segments end at the outlines of objects")
    func kinds() {
        let found = (UInt64(0)..<40).flatMap { seed in regions(seed).masks.map { labels(of: $0) } }
        let kinds = Set(found)
        #expect(kinds.isSubset(of: [[0], [1], [2], [1, 2]]))
        #expect(kinds.contains([0]) && kinds.contains([1, 2]))
        #expect(kinds.contains([1]) || kinds.contains([2]))
        for mask in regions(3).masks where labels(of: mask) == [1, 2] { #expect(mask.object.area == 2 * 14 * 14) }
    }

    @Test("Without objects there are segments alone; more regions begin with the same ones; a seed gives the same again")
    func order() {
        let empty = ClassMap(height: Self.side, width: Self.side, values: Array(repeating: 0, count: Self.side * Self.side))
        let alone = (UInt64(0)..<10).flatMap { regions($0, labels: empty).masks }
        #expect(!alone.isEmpty && alone.allSatisfy { $0.object.area > 0 })
        for seed in UInt64(0)..<10 {
            let (few, many) = (regions(seed, limit: 1), regions(seed, limit: 3))
            #expect(few.views == many.views && few.masks == Array(many.masks.prefix(few.masks.count)))
            #expect(many.masks == regions(seed, limit: 3).masks)
        }
    }

    @Test("A single thing leaves the class's other things out of account")
    func pieces() {
        let labels = ClassMap(
            height: Self.side, width: Self.side, values: Self.labels.values.map { $0 == 2 ? 1 : $0 })
        var count = 0
        for seed in UInt64(0)..<30 {
            for mask in regions(seed, labels: labels).masks {
                let area = mask.object.values.indices.count { mask.object.values[$0] && labels.values[$0] == 1 }
                guard area == 14 * 14, mask.object.area == area else { continue }
                let others = mask.object.values.indices.filter { labels.values[$0] == 1 && !mask.object.values[$0] }
                if others.allSatisfy({ mask.void?.values[$0] == true }) { count += 1 }
            }
        }
        #expect(count > 0)
    }

    @Test("A view crops, mirrors and lights a photo, and crops and mirrors labels")
    func view() {
        let pixels: [[UInt8]] = [[1, 1, 1], [100, 100, 100], [200, 200, 200], [1, 1, 1]]
        let photo = RGBImage(height: 1, width: 4, pixels: pixels.flatMap { $0 })
        var view = PhotoView(y: 0, x: 1, height: 1, width: 2)
        view.isMirrored = true
        view.gains = [1, 0.5, 2]
        #expect(view.image(of: photo).pixels == [200, 100, 255, 100, 50, 200])
        view.gains = [1, 1, 1]
        view.gamma = 2
        // 255 (200 / 255)^2 = 156.9, 255 (100 / 255)^2 = 39.2
        #expect(view.image(of: photo).pixels == [157, 157, 157, 39, 39, 39])
        let mask = BinaryMask(height: 1, width: 4, values: [false, true, false, false])
        #expect(view.mask(of: ClassMask(object: mask)).object.values == [false, true])
    }

    @Test("Drawn views lie inside the photo", arguments: [(1, 1), (1, 7), (48, 31)])
    func drawn(height: Int, width: Int) {
        for seed in UInt64(0)..<50 {
            var random = TorchRandom(seed: seed)
            let view = PhotoView(ofHeight: height, width: width, &random)
            #expect(view.y >= 0 && view.height >= 1 && view.y + view.height <= height)
            #expect(view.x >= 0 && view.width >= 1 && view.x + view.width <= width)
            #expect(2 * view.height >= height - 1 && 2 * view.width >= width - 1)
        }
    }

    @Test("A near view has half of the thing or more and meets its edge; what is too small has none")
    func near() throws {
        func square(_ length: Int, side: Int) -> ClassMask {
            let values = (0..<(side * side)).map { $0 % side < length && $0 / side < length }
            return ClassMask(object: BinaryMask(height: side, width: side, values: values))
        }
        for seed in UInt64(0)..<10 {
            var random = TorchRandom(seed: seed)
            let view = try #require(PhotoView(near: square(40, side: 64), &random))
            let mask = view.mask(of: square(40, side: 64)).object
            #expect(PhotoView.nearShares.contains(Float(mask.area) / Float(mask.height * mask.width)))
            #expect(min(mask.height, mask.width) >= PhotoView.smallestNearSide)
            // The square is in the corner, so that what is seen of it begins at the edges of the view.
            #expect(mask.values[0])
            #expect(PhotoView(near: square(4, side: 64), &random) == nil)
            #expect(PhotoView(near: square(10, side: 16), &random) == nil)
            #expect(PhotoView(near: square(0, side: 64), &random) == nil)
        }
    }
}
