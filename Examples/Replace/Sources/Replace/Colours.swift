import Datasets
import PseudoLabel
import TensorCore

/// Pixel features: the colour, from -1 to 1.
struct Colours: PixelFeatures {
    func features(of photo: RGBImage) -> Tensor { photo.tensor().converted(to: .float32) * (1 / 127.5) - 1 }
}
