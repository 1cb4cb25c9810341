package import NIOCore

/// The bounds of what one bridge knows of the others, and of what it computes.
package struct BrokerGraphLimits: Sendable {
    /// Nothing that another bridge may have carried so far is carried before the graph was quiet for this time: news takes a few
    /// milliseconds a broker, and at most `tellInterval` where one came just before it.
    package var hold = TimeAmount.seconds(1)
    /// Between two descriptions on one broker.
    package var tellInterval = TimeAmount.milliseconds(50)
    /// Bytes of a description.
    package var descriptionByteMaximum = 65_536
    /// Edges in a description, and edges that are computed with.
    package var edgeMaximum = 500
    /// Bridges by which news of an edge comes, one behind the other.
    package var tellerMaximum = 16
    /// Descriptions that are kept, a broker.
    package var descriptionMaximum = 500
    /// Names by broker that one topic is followed through; more come up only where a prefix is added in each round.
    package var spotMaximum = 512
    /// Topics whose decision is kept; a power of 2.
    package var topicMaximum = 4_096
    /// Shapes of the graph that are kept, each for all topics that see the graph in this shape.
    package var shapeMaximum = 256

    package init() {}
}
