public import TensorCore

/// The magnitude of Sobel's gradients alone, divided by its maximum: 0...1.
public struct SobelInformation: QueryInformationSource {
    /// Makes the source; it has no settings.
    public init() {}

    public var name: String { "sobel" }
    public var identity: String { "sobel" }
    public var channelCount: Int { 1 }

    public func maps(of photo: Tensor) -> Tensor {
        let grey = GreyImage(photo)
        return Tensor(
            SobelGradients(grey).normalizedMagnitude, shape: [1, grey.height, grey.width, 1], beside: photo)
    }
}

/// Canny's edges alone, 0 or 1.
public struct CannyInformation: QueryInformationSource {
    /// The detector's thresholds.
    public var canny: CannyEdges

    /// Makes the source.
    public init(canny: CannyEdges = CannyEdges()) { self.canny = canny }

    public var name: String { "canny" }
    public var identity: String { "canny \(canny.low) \(canny.high)" }
    public var channelCount: Int { 1 }

    public func maps(of photo: Tensor) -> Tensor {
        let grey = GreyImage(photo)
        return Tensor(canny(grey).map { $0 ? Float(1) : 0 }, shape: [1, grey.height, grey.width, 1], beside: photo)
    }
}

extension GreyImage {
    /// The luma of a photo, `[1, h, w, 3]` of 0...255 on the host, rounded to whole numbers.
    init(_ photo: Tensor) {
        let (height, width) = (photo.shape[1], photo.shape[2])
        let pixels = photo.scalars
        let grey = (0..<(height * width)).map { pixel -> UInt8 in
            let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
            let luma = 0.299 * red + 0.587 * green + 0.114 * blue
            return UInt8(min(max(luma.rounded(), 0), 255))
        }
        self.init(height: height, width: width, values: grey)
    }
}
