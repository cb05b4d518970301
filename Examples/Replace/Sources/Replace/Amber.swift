import Datasets
import PseudoLabel

/// A boundary refiner: the pixels, in the region's box or within eight of it, that have more red than blue.
struct Amber: BoundaryRefiner {
    let identity = "more red than blue"

    func refine(_ regions: [PromptedRegion], in photo: RGBImage) -> [RefinedRegion] {
        regions.map { region in
            let (box, reach) = (region.box, 8)
            let values = (0..<photo.height * photo.width).map { pixel in
                let (y, x) = (pixel / photo.width, pixel % photo.width)
                let isNear = (box.y0 - reach..<box.y1 + reach).contains(y) && (box.x0 - reach..<box.x1 + reach).contains(x)
                return isNear && photo.pixels[pixel * 3] > photo.pixels[pixel * 3 + 2]
            }
            return RefinedRegion(mask: BinaryMask(height: photo.height, width: photo.width, values: values), score: 1)
        }
    }
}
