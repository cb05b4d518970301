import Datasets
import PseudoLabel

/// An initial labeller: what is bright is the class, in blocks of eight pixels.
struct BrightBlocks: InitialLabeller {
    let identity = "bright blocks"

    func labels(of photo: RGBImage, madeFor classID: Int) -> SemanticPrediction {
        let small = photo.resized(height: photo.height / 8, width: photo.width / 8, filter: .bilinear)
        let values = small.pixels.indices.filter { $0 % 3 == 1 }.map { small.pixels[$0] > 125 ? Int32(classID) : 0 }
        let map = ClassMap(height: small.height, width: small.width, values: values)
        return SemanticPrediction(map: map.resized(height: photo.height, width: photo.width))
    }
}
