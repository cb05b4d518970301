public import TensorCore

extension ConvolutionUnit {
    /// The window of a unit, how it moves, and what follows.
    public struct Options: Sendable, Hashable {
        /// Side of the window.
        public var kernel: Int
        /// Steps between windows.
        public var stride: Int
        /// Steps between the taps of the window.
        public var dilation: Int
        /// Groups of channels that do not see each other.
        public var groups: Int
        /// Whether half a window of zeros surrounds the image.
        public var isPadded: Bool
        /// Where these zeros go.
        public var padding: PaddingStyle
        /// Whether the convolution has a bias; with a normalisation it needs none.
        public var bias: Bool
        /// The function applied last.
        public var activation: FusedActivation
        /// How the weight is drawn.
        public var initializer: Initializer

        /// Makes options; the defaults are those of a convolution before a batch normalisation.
        public init(
            kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1, isPadded: Bool = true,
            padding: PaddingStyle = .symmetric, bias: Bool = false, activation: FusedActivation = .relu,
            initializer: Initializer = .kaimingNormal(.fanOut)
        ) {
            self.kernel = kernel
            self.stride = stride
            self.dilation = dilation
            self.groups = groups
            self.isPadded = isPadded
            self.padding = padding
            self.bias = bias
            self.activation = activation
            self.initializer = initializer
        }
    }
}
