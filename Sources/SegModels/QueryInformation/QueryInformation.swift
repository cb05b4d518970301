public import TensorCore

/// Something that the decoder learns of the query beside priors and that no backbone has a part in (section 3.3.3).
public protocol QueryInformationSource: Sendable {
    /// What layouts and configurations call it.
    var name: String { get }
    /// What decides the maps, for content keys: equal texts make equal maps.
    var identity: String { get }
    /// Channels of ``maps(of:)``.
    var channelCount: Int { get }

    /// The maps of a photo, at the photo's own size.
    ///
    /// - Parameter photo: `[1, h, w, 3]`, red, green, blue, 0...255, float32, on the host.
    /// - Returns: `[1, h, w, channelCount]` in about [-1, 1], float32.
    func maps(of photo: Tensor) -> Tensor
}

/// The sources that configurations name.
public enum QueryInformationRegistry {
    /// Sources by name.
    public static let sources = Registry<any QueryInformationSource>(
        "query information", ["edges": EdgeInformation(), "sobel": SobelInformation(), "canny": CannyInformation()])
}

/// Sobel magnitude and Canny edges, each in [0, 1].
public struct EdgeInformation: QueryInformationSource {
    /// The edge detector's thresholds.
    public var canny: CannyEdges

    /// Makes the source.
    public init(canny: CannyEdges = CannyEdges()) { self.canny = canny }

    public var name: String { "edges" }
    public var identity: String { "sobel, canny \(canny.low) \(canny.high)" }
    public var channelCount: Int { 2 }

    public func maps(of photo: Tensor) -> Tensor {
        let (height, width) = (photo.shape[1], photo.shape[2])
        let source = GreyImage(photo)
        let sobel = SobelGradients(source).normalizedMagnitude
        let strong = canny(source)
        let values = (0..<(height * width)).flatMap { [sobel[$0], strong[$0] ? Float(1) : 0] as [Float] }
        return Tensor(values, shape: [1, height, width, 2], beside: photo)
    }
}

/// What the decoder sees of the query itself: the photo and the maps of all sources.
public struct QueryInformation: Sendable {
    /// The query in [-1, 1], `[1, h, w, 3]`.
    public let image: Tensor
    /// The sources' maps, `[1, h, w, C]`, nil where there are no sources.
    public let maps: Tensor?

    /// Wraps what was prepared before; both parts may have sizes of their own.
    public init(image: Tensor, maps: Tensor?) {
        self.image = image
        self.maps = maps
    }

    /// Takes a canvas apart.
    public init(canvas: Tensor) {
        let extra = canvas.shape[3] - 3
        self.init(
            image: canvas.sliced(axis: 3, from: 0, count: 3),
            maps: extra > 0 ? canvas.sliced(axis: 3, from: 3, count: extra) : nil)
    }

    /// Prepares a query at twice the decoder's resolution. The photo is on the host, and so is the result.
    ///
    /// - Parameters:
    ///   - photo: `[1, H, W, 3]`, RGB 0...255.
    ///   - resolution: the decoder's side `s`.
    ///   - sources: what is computed beside the photo.
    public init(photo: Tensor, resolution: Int, sources: [any QueryInformationSource]) {
        let fine = withoutGradients { photo.converted(to: .float32).resized(to: Size2D(2 * resolution), .area) }
        let maps = sources.map { $0.maps(of: fine) }
        self.init(image: fine * (1 / 127.5) - 1, maps: maps.isEmpty ? nil : .concatenated(maps, axis: 3))
    }

    /// The same on another device.
    public func placed(on device: Device) -> QueryInformation {
        QueryInformation(image: image.placed(on: device), maps: maps?.placed(on: device))
    }

    /// Colours and maps as one tensor `[1, h, w, 3 + C]`, to crop or keep; both parts have one size.
    public var canvas: Tensor { .concatenated([image] + (maps.map { [$0] } ?? []), axis: 3) }
}
