public import TensorCore

/// The transformation function `F` of BAFT (equation 9): prototypes and query features to a prior per view and pixel.
///
/// A replaceable value: a conforming type sees features of any width and must return values that mean the same
/// whatever the backbone.
public protocol PriorTransformation: Sendable {
    /// `[V, P]`, one row a support view.
    func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor
}

/// The same for words: prototypes of texts, in the space that a backbone shares with its text tower, to a prior a text.
public protocol TextPriorTransformation: Sendable {
    /// `[T, P]` from texts `[T, D]` and the query's features in the joint space.
    func prior(_ texts: Tensor, _ query: QueryFeatures) -> Tensor
}

/// Equation 10: the cosine between the foreground prototype, or a text, and every query pixel.
public struct ForegroundCosine: PriorTransformation, TextPriorTransformation {
    /// Makes the transformation; it has no settings.
    public init() {}

    public func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor { prior(prototypes.foreground, query) }

    public func prior(_ texts: Tensor, _ query: QueryFeatures) -> Tensor {
        texts.normalized(axis: 1).matmul(query.directions, transposed: .right)
    }
}

/// The cosine to the foreground prototype less the cosine to the background prototype.
///
/// Not in the paper: the background of the support tells what the object is not.
public struct BackgroundContrast: PriorTransformation {
    /// Makes the transformation; it has no settings.
    public init() {}

    public func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor {
        let direction = prototypes.foreground.normalized(axis: 1) - prototypes.background.normalized(axis: 1)
        return direction.matmul(query.directions, transposed: .right)
    }
}

/// The cosine after subtracting the mean feature of support and query together.
///
/// Not in the paper: deep features share a large common component, which pushes all cosines towards one by an amount that
/// differs between backbones; without it the priors of different backbones are alike.
public struct CentredCosine: PriorTransformation {
    /// Makes the transformation; it has no settings.
    public init() {}

    public func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor {
        let centre = (prototypes.mean + query.mean) * 0.5
        let direction = prototypes.foreground - centre
        let products =
            direction.matmul(query.pixels, transposed: .right)
            - (direction * centre).sum(axes: [1], keepingDimensions: true)
        let squares = query.pixels.squared().sum(axes: [1]).reshaped(to: [1, query.pixels.shape[0]])
        let cross = centre.matmul(query.pixels, transposed: .right) * 2
        let lengths = squares - cross + centre.squared().sum(axes: [1], keepingDimensions: true)
        let norms = lengths.clamped(to: 1e-6...Float.infinity).squareRoot()
        return products / (norms * direction.norm(axes: [1], keepingDimensions: true).clamped(to: 1e-6...Float.infinity))
    }
}
