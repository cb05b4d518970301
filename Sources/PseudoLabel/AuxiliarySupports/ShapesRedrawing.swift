public import Datasets

/// The painter of Shapes-5i under a support's layout: auxiliary supports that need no weights, and whose truth is known.
///
/// It paints the mask on a new ground in new colours. What is inside follows the control, as it does for a diffusion model: under
/// ``ControlKind/segmentation`` only the class is known, so that its texture is laid out anew; under ``ControlKind/scribble`` the support's
/// light and dark places stay in two tones; under ``ControlKind/hed`` they stay as soft as they are. The last two work for any class.
public struct ShapesRedrawing: AuxiliaryGenerator {
    /// How far pictures leave the layout: 0 for not at all. See `Shapes5i.Redrawing.drift`.
    public let drift: Float
    /// Paints.
    ///
    /// - Precondition: `drift` is 0...2.
    public init(drift: Float = 0) {
        precondition((0...2).contains(drift), "ShapesRedrawing: drift must be 0...2, found \(drift)")
        self.drift = drift
    }

    public var identity: String { "shapes-5i \(Shapes5i.version) redrawing 1 drift \(drift)" }

    /// - Throws: ``GenerationError`` for a class that is none of Shapes-5i under ``ControlKind/segmentation``.
    public func picture(_ request: AuxiliaryRequest) throws -> RGBImage? { try painted(request).image }

    public func shown(in request: AuxiliaryRequest) -> BinaryMask? { (try? painted(request))?.shown }

    private func painted(_ request: AuxiliaryRequest) throws(GenerationError) -> (image: RGBImage, shown: BinaryMask) {
        let redrawing = Shapes5i.Redrawing(try surface(request), drift: drift)
        return redrawing.render(request.photo, mask: request.mask, seed: request.seed)
    }

    private func surface(_ request: AuxiliaryRequest) throws(GenerationError) -> Shapes5i.Redrawing.Surface {
        switch request.condition.kind {
        case .hed: return .tones
        case .scribble: return .twoTones
        case .segmentation:
            guard let position = Shapes5i.classNames.firstIndex(of: request.item.name.lowercased()) else {
                throw GenerationError(
                    source: "the painter of Shapes-5i", found: "the class \"\(request.item.name)\"",
                    expected: "one of " + Shapes5i.classNames.joined(separator: ", "),
                    advice: "take the control scribble or hed, which need no class, or another generator")
            }
            return .texture(classID: position + 1)
        }
    }
}
