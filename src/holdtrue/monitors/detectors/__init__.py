"""Sequential tests of quantities: values to ranks, ranks to bets, bets to evidence, evidence to an alarm."""
