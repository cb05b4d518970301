import Datasets
import PseudoLabel

/// An image generator: an amber square, which is the class, and a blue one that is as bright and is not.
struct Squares: ImageGenerator {
    let side = 64
    var identity: String { "squares of amber and blue, \(side)" }

    func generate(_ request: ImageRequest) -> RGBImage {
        let place = Int(request.seed % 30)
        let pixels = (0..<side * side).flatMap { pixel -> [UInt8] in
            let (y, x) = (pixel / side, pixel % side)
            if isAmber(y, x, request) { return [240, 190, 100] }
            return (40..<60).contains(y) && (place..<place + 12).contains(x) ? [110, 190, 250] : [50, 60, 70]
        }
        return RGBImage(height: side, width: side, pixels: pixels)
    }

    func truth(of request: ImageRequest) -> ClassMap? {
        let values = (0..<side * side).map { isAmber($0 / side, $0 % side, request) ? Int32(1) : ClassMap.background }
        return ClassMap(height: side, width: side, values: values)
    }

    private func isAmber(_ y: Int, _ x: Int, _ request: ImageRequest) -> Bool {
        let place = Int(request.seed % 30)
        return (7..<31).contains(y) && (place..<place + 25).contains(x)
    }
}
