public import TensorCore

/// A photo on its way to a model, with what belongs to its pixels.
public struct PhotoSample: Sendable, Equatable {
    /// The id of the photo, or the path of its file.
    public var id: String
    /// The photo.
    public var image: RGBImage
    /// One class a pixel, of the size of ``image``; nil for photos without labels.
    public var labels: ClassMap?

    /// Joins a photo with its labels.
    ///
    /// - Precondition: both have the same size.
    public init(id: String, image: RGBImage, labels: ClassMap? = nil) {
        let fits = labels.map { $0.height == image.height && $0.width == image.width } ?? true
        precondition(fits, "PhotoSample: the labels of \(id) have another size than the photo")
        self.id = id
        self.image = image
        self.labels = labels
    }
}

/// One step between a decoded photo and a model: it changes a photo and its labels together.
///
/// A step of one's own is a type with this one function. All randomness comes from `random`, which begins anew for every photo of
/// every epoch, so that the result depends neither on the other photos nor on who works on them.
public protocol PhotoTransformation: Sendable {
    /// What becomes of a photo.
    ///
    /// - Throws: anything; the photo is handed over as an error then, and the others follow.
    func callAsFunction(_ sample: PhotoSample, _ random: inout TorchRandom) throws -> PhotoSample
}

/// Numbers for a network: `(sample / 255 - mean) / std`, each step rounded to `Float`, as torchvision's `ToTensor` and `Normalize`.
public struct PhotoNormalization: Sendable, Hashable {
    /// ImageNet's mean and deviation.
    public static let imageNet = PhotoNormalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// 256 numbers for red, then for green, then for blue.
    let table: [Float]

    /// - Precondition: three means and three positive deviations.
    public init(mean: [Float], std: [Float]) {
        precondition(
            mean.count == 3 && std.count == 3 && std.allSatisfy { $0 > 0 },
            "PhotoNormalization: expected three means and three positive deviations, found \(mean) and \(std)")
        table = zip(mean, std).flatMap { mean, std in (0..<256).map { (Float($0) / 255 - mean) / std } }
    }
}
