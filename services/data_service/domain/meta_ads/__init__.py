"""A Meta ad account: its objects, its campaigns and their daily figures, as Meta reports them now."""
