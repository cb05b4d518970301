public import Datasets
public import Diffusion
internal import Foundation

/// A dataset whose images come with auxiliary supports, to train a segmenter on them as DifFSS does.
///
/// Companions have the id of their photo with a number. They are made when they are asked for. Each has the mask that it is shown with;
/// where one is missing or left out, the photo itself stands in, so that every item has as many.
public struct AuxiliaryDataset: CompanionedDataset {
    /// The dataset.
    public let base: any FewShotDataset
    /// Makes the supports.
    public let maker: AuxiliaryMaker
    private static let mark = "#auxiliary-"

    /// Gives a dataset companions.
    public init(_ base: any FewShotDataset, _ maker: AuxiliaryMaker) { (self.base, self.maker) = (base, maker) }

    public var name: String { base.name }
    public var classes: [FewShotClass] { base.classes }
    public var items: [DatasetItem] { base.items }
    public var listHash: String { base.listHash }
    public var labelRule: String? { base.labelRule }

    public func companions(of item: DatasetItem) -> [DatasetItem] {
        (0..<maker.settings.count).map {
            DatasetItem(id: "\(item.id)\(Self.mark)\(item.classID)-\($0)", classID: item.classID)
        }
    }

    public func image(_ id: String) throws -> RGBImage {
        guard let place = place(id) else { return try base.image(id) }
        return try support(place).image
    }

    public func mask(of classID: Int, in image: String) throws -> ClassMask {
        guard let place = place(image) else { return try base.mask(of: classID, in: image) }
        let shared = try base.mask(of: classID, in: place.photo)
        guard classID == place.classID else {
            let size = shared.object
            return ClassMask(object: BinaryMask(height: size.height, width: size.width, values: size.values.map { _ in false }))
        }
        guard case .mask(let own) = try support(place).annotation, own != shared.object else { return shared }
        return ClassMask(object: own)
    }

    public func classIDs(in image: String) throws -> Set<Int> {
        try place(image).map { [$0.classID] } ?? base.classIDs(in: image)
    }

    public func labelPlace(_ image: String) -> String { base.labelPlace(place(image)?.photo ?? image) }

    public func classMap(of image: String) throws -> ClassMap {
        guard let place = place(image) else { return try base.classMap(of: image) }
        let mask = try mask(of: place.classID, in: image).object
        let own = Int32(clamping: place.classID)
        return ClassMap(height: mask.height, width: mask.width, values: mask.values.map { $0 ? own : ClassMap.background })
    }

    public func contentDigest(_ id: String) throws -> String {
        guard let place = place(id) else { return try base.contentDigest(id) }
        let support = try support(place)
        guard case .mask(let mask) = support.annotation else { return try base.contentDigest(place.photo) }
        return PseudoLabel.contentDigest(["companion", "\(place.classID)", AuxiliaryRequest.digest(support.image, mask)])
    }

    public func photoDoubt(_ id: String) throws -> PhotoDoubt? {
        try place(id) == nil ? base.photoDoubt(id) : nil
    }

    private struct Place {
        var photo: String
        var classID: Int
        var number: Int
    }

    /// What an id of a companion says; nil for a photo of the dataset.
    private func place(_ id: String) -> Place? {
        guard let mark = id.range(of: Self.mark) else { return nil }
        let numbers = id[mark.upperBound...].split(separator: "-").map { Int($0) }
        guard numbers.count == 2, let classID = numbers[0], let number = numbers[1] else { return nil }
        return Place(photo: String(id[..<mark.lowerBound]), classID: classID, number: number)
    }

    private func support(_ place: Place) throws -> Support {
        let photo = try base.image(place.photo)
        let mask = try base.mask(of: place.classID, in: place.photo).object
        let real = Support(image: photo, annotation: .mask(mask), id: place.photo)
        guard mask.area > 0 else { return real }
        let item = FewShotClass(id: place.classID, name: base.className(place.classID))
        let made = try maker.companions(of: real, of: item)
        return made.indices.contains(place.number) ? made[place.number].support : real
    }
}
