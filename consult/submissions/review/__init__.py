"""What moderators decide: on one text or several, with grounds, appeals, and texts read without their authors' names."""
