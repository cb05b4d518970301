import SegModels
import TensorCore

/// Query information: how bright every pixel is.
struct Brightness: QueryInformationSource {
    let name = "brightness"
    let identity = "brightness"
    let channelCount = 1

    func maps(of photo: Tensor) -> Tensor { photo.mean(axes: [3], keepingDimensions: true) * (1 / 127.5) - 1 }
}
